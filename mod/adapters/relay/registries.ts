import type { NotRelayed } from "../../ports/pull_relay.ts";
import type { ImageReference } from "../../pure/images/image_reference.ts";
import { openRepository } from "./open_repository.ts";
import type { Repository } from "./repository.ts";

/** The registries of this node's pulls, as its hosts.toml files say. */
export interface Registries extends AsyncDisposable {
  /** Reaches the repository of `reference`; asks nobody yet. */
  open(reference: ImageReference): Promise<Repository | NotRelayed>;
}

/** Binds the settings; asks nobody. */
export function openRegistries(): Registries {
  return {
    open: (reference) => Promise.resolve(openRepository(reference)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
