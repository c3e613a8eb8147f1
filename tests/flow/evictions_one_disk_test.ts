import { holdsInAnySequence } from "../harness/fakes/filling_sequences.ts";

Deno.test("no pull makes kubelet evict, and what fits gets there: all on one file system", async () => {
  await holdsInAnySequence("one");
});
