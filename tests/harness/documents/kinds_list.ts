/**
 * The resources in a page's list of kinds, as kubectl names them: of the item
 * "- `argoproj.io`: `Rollout` (`rollouts`)" it is `rollouts.argoproj.io`.
 */
export function listedResources(markdown: string): string[] {
  const [, list = ""] = /<!-- kinds -->(.*?)<!-- \/kinds -->/s.exec(markdown) ?? [];
  const items = list.replaceAll(/\n +/g, " ").match(/^- .*$/gm) ?? [];
  return items.flatMap((item) => {
    const [, group] = /^- `([^`]+)`:/.exec(item) ?? []; // the core group is not called by a name
    const plurals = [...item.matchAll(/\(`(\w+)`\)/g)].map(([, plural = ""]) => plural);
    return group === undefined ? plurals : plurals.map((plural) => `${plural}.${group}`);
  });
}
