/** What a remote needs to know of this machine and the project. */
export interface RemoteOptions {
  /** The folder that the paths of folders are relative to. */
  readonly root: string;
  readonly home: string;
  /** A password for the server. */
  readonly token?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}
