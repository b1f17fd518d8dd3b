/** The flags that choose a deployment, as parsed. */
export interface DeploymentFlags {
  readonly endpoint?: string | undefined;
  readonly insecure?: boolean | undefined;
  readonly config?: string | undefined;
  readonly project?: string | undefined;
  readonly domain?: string | undefined;
  readonly sandbox?: string | undefined;
}
