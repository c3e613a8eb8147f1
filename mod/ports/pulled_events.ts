import type { PulledEvent } from "../pure/benefit/pulled_event.ts";

/** Tells when nodes had images for pods, as Kubernetes' Events say it. */
export interface PulledEvents {
  /**
   * Follows them until `signal` aborts, then resolves. Survives outages: what it told before may be
   * told again, and what an API server keeps no more is not told.
   */
  follow(options: {
    readonly signal: AbortSignal;
    readonly told: (event: PulledEvent) => void;
    /** Called once all Events of the past that may be read have been told. */
    readonly listed: () => void;
  }): Promise<void>;
}
