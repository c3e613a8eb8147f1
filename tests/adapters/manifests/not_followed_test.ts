import { assertEquals } from "@std/assert";
import { waitUntil } from "../../harness/wait.ts";
import { Followed, pod, TempFolder } from "./followed_manifests.ts";

const foo = (name: string, spec: unknown) =>
  JSON.stringify({ apiVersion: "example.com/v1", kind: "Foo", metadata: { name }, spec });
const TEMPLATE = { template: { spec: { containers: [{ name: "main", image: "nginx:1" }] } } };

Deno.test("objects of kinds that are not followed are counted where they name images", async () => {
  await using folder = new TempFolder();
  await folder.write("a.yaml", [foo("one", TEMPLATE), foo("two", TEMPLATE)].join("\n---\n"));
  await folder.write("b.yaml", [foo("three", TEMPLATE), foo("none", { size: 3 })].join("\n---\n"));
  await folder.write("pod.yaml", pod("web"));
  await using followed = new Followed([folder.path]);
  const { source, conditions } = followed;
  await waitUntil("it is read", () => source.observe().synced);
  assertEquals(source.observe().notFollowed, [{ kind: "Foo.example.com", count: 3 }]);
  assertEquals(
    conditions.notes.get("kinds"),
    "3 objects of kinds that are not followed name images: Foo.example.com 3; add them to --kinds",
  );
  await Deno.remove(folder.at("a.yaml"));
  await waitUntil("it is counted anew", () => source.observe().notFollowed?.[0]?.count === 1);
  await Deno.remove(folder.at("b.yaml"));
  await waitUntil("nothing is left out", () => source.observe().notFollowed?.length === 0);
  assertEquals(conditions.notes.has("kinds"), false);
});
