import type { PullRelay, RelayedPull } from "../../../mod/ports/pull_relay.ts";

/** Carries as `relay` does, and says of whatever is found that only its bytes may be kept. */
export function relayOfBytes(relay: PullRelay): PullRelay {
  return {
    async open(reference, options) {
      const opened = await relay.open(reference, options);
      return "direct" in opened ? opened : pullOfBytes(opened);
    },
    pause: (paused) => relay.pause(paused),
  };
}

function pullOfBytes(relayed: RelayedPull): RelayedPull {
  return {
    hostsDir: relayed.hostsDir,
    async lookUp(options) {
      const found = await relayed.lookUp(options);
      return found.result === "found" ? { ...found, as: "bytes" } : found;
    },
    fetchAhead: (blobs, options) => relayed.fetchAhead(blobs, options),
    distrust: () => relayed.distrust(),
    get traffic() {
      return relayed.traffic;
    },
    [Symbol.asyncDispose]: () => relayed[Symbol.asyncDispose](),
  };
}
