/** Values that a field of a cron expression lets through. */
export interface CronField {
  readonly values: ReadonlySet<number>;
  /** It was written as `*` or `?`: of the two fields for days, such a one does not decide. */
  readonly any: boolean;
}

export interface CronFields {
  readonly minutes: CronField;
  readonly hours: CronField;
  readonly days: CronField;
  /** 1 to 12. */
  readonly months: CronField;
  /** Sunday is 0. */
  readonly weekdays: CronField;
}

/** When something is to happen again and again: at times of a calendar, or a while after it last did. */
export type Cadence =
  | {
      readonly kind: "calendar";
      readonly fields: CronFields;
      /** Where its clock hangs, when the expression says so. */
      readonly zone: string | undefined;
    }
  | { readonly kind: "delay"; readonly seconds: number };
