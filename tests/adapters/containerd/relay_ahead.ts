import type { PullRelay, RelayedPull } from "../../../mod/ports/pull_relay.ts";

/** `relay`, with another way to fetch ahead; it is handed the pull as it was. */
export function fetchingAhead(
  relay: PullRelay,
  fetchAhead: (
    pull: RelayedPull,
    ...args: Parameters<RelayedPull["fetchAhead"]>
  ) => Promise<boolean>,
): PullRelay {
  return {
    ...relay,
    async open(reference) {
      const opened = await relay.open(reference);
      if ("direct" in opened) return opened;
      return {
        hostsDir: opened.hostsDir,
        lookUp: (options) => opened.lookUp(options),
        fetchAhead: (...args) => fetchAhead(opened, ...args),
        distrust: () => opened.distrust(),
        get traffic() {
          return opened.traffic;
        },
        [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
      };
    },
  };
}
