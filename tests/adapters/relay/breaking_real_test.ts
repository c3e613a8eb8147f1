import { assertEquals } from "@std/assert";

Deno.test("a layer that breaks in the middle breaks the runtime's connection, and prints nothing", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--import-map=tests/offline/import_map.json"],
      "tests/adapters/relay/breaking_child.ts",
    ],
    env: { DENO_NO_UPDATE_CHECK: "1" },
  });
  const { stdout, stderr } = await child.output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assertEquals([out, err], ["broken", ""]);
});
