/** Versions as `ctr version` prints them, such as `1.6.20~ds1` and `2.1.9+unknown`. */
export interface CtrVersions {
  readonly client: string;
  readonly server: string;
}

/** The major version; a build without a number counts as newer than all others. */
export function majorVersion(version: string): number {
  const digits = /^v?(\d+)\./.exec(version)?.[1];
  return digits === undefined ? Infinity : Number(digits);
}
