/** What one blob has of the connections; disposing gives all back. */
export interface ConnectionClaim extends Disposable {
  /** How many it may have now: at least one. */
  readonly share: number;
  /** Whether no other blob is on its way. */
  readonly isAlone: boolean;
  /** Takes one more, if there is one for this blob. */
  take(): boolean;
  give(): void;
}

interface Holder {
  taken: number;
  changed(): void;
}

/** The connections for parts of large blobs, shared evenly between all blobs that are on their way. */
export class ConnectionBudget {
  readonly #connections: number;
  readonly #holders = new Set<Holder>();

  constructor(connections: number) {
    this.#connections = connections;
  }

  /** `changed` is called when there may be more to take. */
  claim(changed: () => void): ConnectionClaim {
    const own: Holder = { taken: 0, changed };
    this.#holders.add(own);
    const share = () => this.#share();
    const isAlone = () => this.#holders.size === 1;
    return {
      get share() {
        return share();
      },
      get isAlone() {
        return isAlone();
      },
      take: () => {
        if (own.taken > 0 && (own.taken >= share() || !this.#hasFree())) return false;
        own.taken++;
        return true;
      },
      give: () => {
        own.taken--;
        this.#tellAllBut(own);
      },
      [Symbol.dispose]: () => {
        this.#holders.delete(own);
        this.#tellAllBut(own);
      },
    };
  }

  /** Rounded up: what one blob leaves another may use. */
  #share(): number {
    return Math.max(1, Math.ceil(this.#connections / this.#holders.size));
  }

  #hasFree(): boolean {
    let taken = 0;
    for (const holder of this.#holders) taken += holder.taken;
    return taken < this.#connections;
  }

  #tellAllBut(own: Holder): void {
    for (const holder of [...this.#holders]) if (holder !== own) holder.changed();
  }
}
