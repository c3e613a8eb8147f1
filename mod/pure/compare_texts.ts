/** Orders texts by their UTF-16 units: negative, 0 or positive, as sorting takes it. */
export function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
