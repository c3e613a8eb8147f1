import type { Conditions } from "../../ports/conditions.ts";
import type { Logger } from "../../ports/logger.ts";
import type { FollowedKind } from "./followed_kind.ts";
import type { ServedKinds } from "./served_kinds.ts";

/** How many refusals a condition names: several kinds in many namespaces would fill a page. */
const MAX_REFUSALS = 10;

/** Kinds that say where pods may run and which go first. */
const CLASSES: ReadonlySet<string> = new Set(["RuntimeClass", "PriorityClass"]);
/** Whose secrets pods of templates pull by. */
const ACCOUNTS: ReadonlySet<string> = new Set(["ServiceAccount"]);
/** Kinds that only complete what others say; pods have in them what these add. */
const COMPLETING: ReadonlySet<string> = new Set([...CLASSES, ...ACCOUNTS]);

/** Whether nothing is to wait for it where it may not be read. */
export function completesOthers({ name }: Pick<FollowedKind, "name">): boolean {
  return COMPLETING.has(name);
}

/** What conditions are drawn from. */
export interface SourceState {
  readonly followed: readonly FollowedKind[];
  readonly served: Pick<ServedKinds, "found" | "trouble">;
  /** Whether kinds are asked for that a cluster may have or lack. */
  readonly asksForMore: boolean;
  /** Whether everything was in sync once. */
  readonly synced: boolean;
}

/** Shows the condition `kubernetes`, and logs outages: once for all kinds. */
export class SourceConditions {
  readonly #logger: Logger;
  readonly #conditions: Conditions;
  #isDown = false;

  constructor({ logger, conditions }: { logger: Logger; conditions: Conditions }) {
    this.#logger = logger;
    this.#conditions = conditions;
  }

  show(state: SourceState): void {
    this.#logOutage(state.followed.find((each) => each.state === "down")?.reason);
    const refused = state.followed.filter((each) => each.state === "refused");
    const reasons = [
      outageOf(state),
      ...shown(refused.filter((each) => !completesOthers(each)).map(({ reason }) => reason)),
    ].filter((reason) => reason !== undefined);
    const holds = reasons.length === 0;
    this.#conditions.set("kubernetes", holds, holds ? undefined : reasons.join("; "));
    const lacking = (kinds: ReadonlySet<string>) => refused.find(({ name }) => kinds.has(name));
    const [classes, accounts] = [lacking(CLASSES), lacking(ACCOUNTS)];
    this.#conditions.note(
      "classes",
      classes && `${classes.reason}; until then pods alone show what their classes add`,
    );
    this.#conditions.note(
      "accounts",
      accounts && `${accounts.reason}; until then pods alone show the pull secrets of accounts`,
    );
  }

  /** One line for all kinds: most outages are those of the server that they share. */
  #logOutage(reason: string | undefined): void {
    const isDown = reason !== undefined;
    if (isDown && !this.#isDown) {
      this.#logger.warn("Could not follow the API server, trying again", { reason });
    }
    if (!isDown && this.#isDown) this.#logger.info("Reconnected to the API server");
    this.#isDown = isDown;
  }
}

function outageOf({ followed, served, asksForMore, synced }: SourceState): string | undefined {
  // A kind that appears while all goes well is no reason not to be ready.
  const isOut = ({ state, isOptional }: FollowedKind) =>
    state === "down" || (state === "starting" && !(isOptional && synced));
  const out = followed.find(isOut)?.reason;
  if (out !== undefined || !asksForMore || served.found !== undefined) return out;
  return served.trouble?.reason ?? "not known yet which kinds the API server has";
}

function shown(reasons: readonly string[]): string[] {
  const more = reasons.length - MAX_REFUSALS;
  const first = reasons.slice(0, MAX_REFUSALS);
  return more > 0 ? [...first, `and ${more} more that may not be read`] : first;
}
