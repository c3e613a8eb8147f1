import type { Platform } from "../images/platform_match.ts";

/** The platform that most of the nodes have; `linux/amd64` where none says so. */
export function platformOf(
  nodes: Iterable<{ readonly os: string; readonly architecture: string }>,
): Platform {
  const counts = new Map<string, number>();
  for (const { os, architecture } of nodes) {
    if (os === "" || architecture === "") continue;
    const name = `${os}/${architecture}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const [[name] = ["linux/amd64"]] = [...counts].sort(([, left], [, right]) => right - left);
  const [os = "", architecture = ""] = name.split("/");
  return { os, architecture };
}
