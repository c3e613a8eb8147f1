import { type Answering, converse, type HeadPatience } from "./conversation.ts";
import { type Door, openDoor } from "./door.ts";

/** Who is let in. */
export interface DoorRules {
  /** How many connections may be open that have not yet named a running pull. */
  readonly mostStrangers: number;
  readonly patience: HeadPatience;
}

/**
 * `ctr --local` asks for all layers of an image at once, over a connection each, and an image has 127
 * at most; its heads follow at once.
 */
const RULES: DoorRules = { mostStrangers: 512, patience: { firstMs: 5_000, idleMs: 60_000 } };

/** Serves running pulls, by their names, on a free port of 127.0.0.1. */
export function serveRelay(
  sessions: ReadonlyMap<string, Answering>,
  { patience, mostStrangers }: DoorRules = RULES,
): Door {
  return openDoor(
    ({ connection, known, close }) => converse(connection, { sessions, patience, known, close }),
    { mostStrangers },
  );
}
