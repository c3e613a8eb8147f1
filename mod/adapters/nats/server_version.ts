/** Whether a server of this version, such as `2.15.3`, is `major.minor` or newer. */
export function isSince(version: string, major: number, minor: number): boolean {
  const [theirMajor = 0, theirMinor = 0] = version.split(".").map(Number);
  return theirMajor > major || (theirMajor === major && theirMinor >= minor);
}
