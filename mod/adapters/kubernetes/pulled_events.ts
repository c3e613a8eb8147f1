import { runAll } from "../../async/run_all.ts";
import type { Conditions } from "../../ports/conditions.ts";
import type { PulledEvents } from "../../ports/pulled_events.ts";
import { readPulledEvent } from "../../pure/benefit/pulled_event.ts";
import type { KubernetesClient } from "./client.ts";
import { followKind, type FollowOptions } from "./follow_kind.ts";
import { type Followable, type KindTarget, targetOf, targetsIn } from "./kind_target.ts";

/** Events as core/v1 has them: `events.k8s.io` shows the same ones. */
const EVENTS: Followable = {
  group: "",
  version: "v1",
  kind: "Event",
  plural: "events",
  namespaced: true,
  fieldSelector: "reason=Pulled,involvedObject.kind=Pod",
};

/** What following Events needs beside the client. */
export interface PulledEventsOptions
  extends Pick<FollowOptions, "logger" | "metrics" | "random" | "tuning"> {
  /** Namespaces to read, each for itself and no other; absent: all of them at once. */
  readonly namespaces?: readonly string[] | undefined;
  /** A note `events` says why they cannot be read; the rest of the controller does without. */
  readonly conditions: Conditions;
}

/** Follows the Events of an API server; nothing of them is kept. */
export function kubernetesPulledEvents(
  client: KubernetesClient,
  options: PulledEventsOptions,
): PulledEvents {
  const { namespaces, conditions, ...rest } = options;
  return {
    async follow({ signal, told, listed }) {
      const targets = namespaces === undefined ? [targetOf(EVENTS)] : targetsIn(namespaces, EVENTS);
      const refused = new Map<KindTarget, string>();
      const unread = new Set(targets);
      const heard = (target: KindTarget, trouble?: string) => {
        if (trouble === undefined) refused.delete(target);
        else refused.set(target, trouble);
        const [first] = refused.values();
        conditions.note("events", first && `${first}; until then nobody knows what starts waited`);
      };
      const read = (target: KindTarget) => {
        // Where one namespace may not be read the others count all the same.
        if (unread.delete(target) && unread.size === 0) listed();
      };
      await runAll(
        signal,
        targets.map((target) => async (signal) => {
          for await (const change of followKind(client, target, { ...rest, signal })) {
            switch (change.type) {
              case "put": {
                const event = readPulledEvent(change.object);
                if (event !== undefined) told(event);
                break;
              }
              case "synced":
                heard(target);
                read(target);
                break;
              case "up":
                heard(target);
                break;
              case "down":
                if (!change.refused) break;
                heard(target, change.text);
                read(target);
                break;
              case "reset":
              case "delete": // an API server forgets them after an hour
                break;
              default:
                change satisfies never;
            }
          }
        }),
      );
      conditions.note("events", undefined);
    },
  };
}
