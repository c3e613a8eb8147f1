/** `IsLabelValue` of k8s.io/apimachinery: at most 63 characters, and none is a value too. */
export function isLabelValue(text: string): boolean {
  return text === "" || isLabelName(text);
}

/** `IsLabelKey`, the same as `IsQualifiedName`: a name, with a DNS subdomain before it or without. */
export function isLabelKey(text: string): boolean {
  const slash = text.indexOf("/");
  if (slash === -1) return isLabelName(text);
  return isSubdomain(text.slice(0, slash)) && isLabelName(text.slice(slash + 1));
}

function isLabelName(text: string): boolean {
  return text.length <= 63 && /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(text);
}

function isSubdomain(text: string): boolean {
  return text.length <= 253 &&
    /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/.test(text);
}
