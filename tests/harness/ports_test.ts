import { assertEquals } from "@std/assert";
import { freePort } from "./ports.ts";

Deno.test("processes that ask for free ports at the same time get different ones", async () => {
  const module = new URL("./ports.ts", import.meta.url).href;
  const code = `import { freePort } from "${module}";
    console.log(Array.from({ length: 20 }, () => freePort()).join("\\n"));`;
  const ask = async () => {
    const args = ["eval", "--no-check", "--no-lock", code];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
    return new TextDecoder().decode(stdout).trim().split("\n").map(Number);
  };
  const ports = (await Promise.all([ask(), ask(), ask()])).flat();
  ports.push(freePort());
  assertEquals([ports.length, new Set(ports).size], [61, 61]);
  assertEquals(ports.filter((port) => port < 20_000 || port > 29_999), []);
});
