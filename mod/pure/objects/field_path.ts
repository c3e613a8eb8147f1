/**
 * The path to what `key` names within `path`, as faults show it: `spec.items[0]["a/b"]`. Stays short
 * whatever keys an object has.
 */
export function fieldPath(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  const short = key.length > MAX_KEY ? `${key.slice(0, MAX_KEY)}…` : key;
  if (!/^[\w-]+…?$/.test(short)) return `${path}[${JSON.stringify(short)}]`;
  return path === "" ? short : `${path}.${short}`;
}

const MAX_KEY = 60;
