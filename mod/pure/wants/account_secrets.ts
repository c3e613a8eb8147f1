import type { ObservedServiceAccount } from "../objects/observed.ts";
import { sameItems } from "../same_items.ts";

/** The ServiceAccounts of one namespace that have pull secrets, by name. */
export type SpaceAccounts = ReadonlyMap<string, ObservedServiceAccount>;

/**
 * Pull secrets of ServiceAccounts by namespace, pass by pass. A namespace of which nothing changed has
 * the very same accounts again, so that what follows from them can be kept.
 */
export class AccountSecrets {
  #accounts: readonly ObservedServiceAccount[] = [];
  #spaces: ReadonlyMap<string, SpaceAccounts> = new Map();

  /** Takes in all that there are in this pass. */
  take(accounts: readonly ObservedServiceAccount[]): void {
    if (sameItems(accounts, this.#accounts)) return;
    const before = this.#spaces;
    this.#accounts = accounts;
    this.#spaces = new Map(
      Map.groupBy(accounts, ({ namespace }) => namespace).entries().map(([namespace, own]) => {
        const known = before.get(namespace);
        const isSame = known !== undefined && known.size === own.length &&
          own.every((each) => known.get(each.name) === each);
        return [namespace, isSame ? known : new Map(own.map((each) => [each.name, each]))];
      }),
    );
  }

  /** Those of a namespace; undefined where none of it has pull secrets. */
  of(namespace: string): SpaceAccounts | undefined {
    return this.#spaces.get(namespace);
  }
}
