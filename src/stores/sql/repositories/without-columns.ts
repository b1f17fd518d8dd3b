/**
 * The values of an update without the columns that never change: setting one, even to what it is, writes every index that
 * it is part of.
 */
export function withoutColumns<Values extends object, Column extends keyof Values>(
  values: Values,
  columns: readonly Column[],
): Omit<Values, Column> {
  const left: Partial<Values> = { ...values };
  for (const column of columns) delete left[column];
  return left as Omit<Values, Column>;
}
