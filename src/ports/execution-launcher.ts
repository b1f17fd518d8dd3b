/** Whatever starts executions through admin's API: admin may be another's. */
export interface ExecutionLauncher {
  /**
   * CreateExecution of an encoded admin.ExecutionCreateRequest. Rejects with admin's StatusErrors, ALREADY_EXISTS when there is
   * one of that name, and UNAVAILABLE when it cannot be reached.
   */
  create(request: Uint8Array): Promise<void>;
}
