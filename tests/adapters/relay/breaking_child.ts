import {
  answerOf,
  bodyOf,
  openedRelay,
  refusal,
  scriptedRepository,
} from "./scripted_repository.ts";

// Carries a layer that breaks in the middle for good; whoever started this reads what it printed.
if (import.meta.main) {
  const repository = await scriptedRepository(300_000);
  await using relay = await openedRelay(repository);
  let tries = 0;
  repository.onLayer = (part) => {
    if (++tries > 1) throw refusal(404, "not_found");
    return {
      ...answerOf(repository.layer, part),
      body: bodyOf(new Uint8Array(9), { breaks: true }),
    };
  };
  const response = await fetch(`${relay.url}/blobs/${repository.layerDigest}`);
  const end = await response.bytes().then(() => "whole", () => "broken");
  await Deno.stdout.write(new TextEncoder().encode(end));
}
