import { holdsInAnySequence } from "../harness/fakes/filling_sequences.ts";

Deno.test("no pull makes kubelet evict, and what fits gets there: images on one of their own", async () => {
  await holdsInAnySequence("images apart");
});
