import { assertEquals } from "@std/assert";
import { nodePermissions } from "../../../mod/pure/node_users/node_permissions.ts";

/** Subjects of a NATS pattern, as far as they are used here: `*` is one part, `>` all that follow. */
function matches(pattern: string, subject: string): boolean {
  const parts = subject.split(".");
  const wanted = pattern.split(".");
  return wanted.every((part, i) =>
    part === ">" ? parts.length > i : parts[i] !== undefined && (part === "*" || part === parts[i])
  ) && (wanted.at(-1) === ">" || wanted.length === parts.length);
}

Deno.test("no name of a node is granted anything of another node", () => {
  const names = [
    "a",
    "b",
    "a.b",
    "b.a",
    "2.a",
    "*",
    ">",
    "a.*",
    "a b",
    "wanted",
    "agent",
    ".",
    "ä",
  ];
  const subjectsOf = (node: string) => {
    const { publish, subscribe } = nodePermissions(node, "warm-images");
    return [...publish, ...subscribe];
  };
  const common = subjectsOf("x").filter((subject) => subjectsOf("y").includes(subject));
  for (const one of names) {
    for (const other of names) {
      if (one === other) continue;
      const theirs = subjectsOf(other).filter((subject) => !common.includes(subject));
      const granted = theirs.map((subject) => subject.replaceAll("*", "7").replace(/>$/, "x"))
        .filter((subject) => subjectsOf(one).some((pattern) => matches(pattern, subject)));
      assertEquals([one, other, granted], [one, other, []]);
    }
  }
});
