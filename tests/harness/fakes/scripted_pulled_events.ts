import type { PulledEvents } from "../../../mod/ports/pulled_events.ts";
import type { PulledEvent } from "../../../mod/pure/benefit/pulled_event.ts";
import { aborted } from "./scripted_source.ts";

/** Events that a test tells; a follower that begins is told all of the past, as by an API server. */
export interface ScriptedPulledEvents extends PulledEvents {
  /** How many follow now. */
  readonly followers: number;
  /** Ends the list of the past for those who follow; where `lists` is false nothing else does. */
  endList(): void;
  /** Tells of a pod that had its image now, or at another time. */
  tell(event: Pick<PulledEvent, "podUid"> & Partial<PulledEvent>): void;
}

/** Makes Events of node `n1` and image `reg.lab/app:1`, where a test names no others. */
export function scriptedPulledEvents({ lists = true } = {}): ScriptedPulledEvents {
  const past: PulledEvent[] = [];
  const followers = new Set<(event: PulledEvent) => void>();
  let endList = () => {};
  return {
    get followers() {
      return followers.size;
    },
    async follow({ signal, told, listed }) {
      past.forEach(told);
      endList = listed;
      if (lists) listed();
      followers.add(told);
      await aborted(signal);
      followers.delete(told);
    },
    endList: () => endList(),
    tell(event) {
      const at = Math.floor(Date.now() / 1000) * 1000;
      const [seconds, waitingSeconds] = [0, event.seconds ?? 0];
      const whole = { namespace: "shop", image: "reg.lab/app:1", node: "n1", at, seconds };
      const result = waitingSeconds > 0 ? "pulled" as const : "present" as const;
      const made = { ...whole, result, waitingSeconds, ...event };
      past.push(made);
      for (const told of followers) told(made);
    },
  };
}
