import { assertEquals } from "@std/assert";
import { openCtr } from "../../../mod/adapters/containerd/ctr_process.ts";

/** About half of them hit the moment between its end and our knowing of it. */
const ROUNDS = 30;

Deno.test("a ctr may be told to end in the very moment in which it ends by itself", async () => {
  const ctr = openCtr({ command: "/bin/true" });
  const errors: unknown[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const child = ctr.start([]);
    const end = () => void child.end().catch((error) => errors.push(error));
    Deno.addSignalListener("SIGCHLD", end);
    await child.ended;
    Deno.removeSignalListener("SIGCHLD", end);
  }
  assertEquals(errors, []);
});
