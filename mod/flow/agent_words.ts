import type { Clock } from "../ports/clock.ts";
import type { BeatValue, ImageReport } from "../pure/bucket/agent_wire.ts";
import type { ReportContent } from "../pure/bucket/report_parts.ts";
import type { ImageLedger } from "../pure/pulls/image_ledger.ts";
import { VERSION } from "../pure/version.ts";
import { withoutUnset } from "../pure/without_unset.ts";
import type { BytesRemoval } from "./bytes_removal.ts";
import type { DiskGate } from "./disk_gate.ts";
import type { OwnGate } from "./own_gate.ts";
import type { RuntimeHealth } from "./runtime_health.ts";
import type { UsesKeeper } from "./uses_keeper.ts";

/** What `AgentWords` works with. */
export interface AgentWordsDeps {
  readonly ledger: ImageLedger;
  readonly uses: Pick<UsesKeeper, "usedTimes" | "report">;
  readonly diskGate: DiskGate;
  readonly gate: Pick<OwnGate, "nodeUid">;
  readonly health: RuntimeHealth;
  readonly removal: Pick<BytesRemoval, "told">;
  readonly clock: Clock;
}

/** Puts into words for the bucket how the node stands. */
export class AgentWords {
  readonly #deps: AgentWordsDeps;
  readonly #node: string;

  constructor(deps: AgentWordsDeps, node: string) {
    this.#deps = deps;
    this.#node = node;
  }

  /** All images, one by one. */
  report(): ReportContent {
    const { ledger, diskGate, gate, clock } = this.#deps;
    return withoutUnset({
      ...this.#about(),
      nodeUid: gate.nodeUid,
      images: this.#withUses(ledger.report(clock.monotonicMs(), diskGate.blockedReason)),
    });
  }

  /** That the agent lives, and counts. */
  beat(): BeatValue {
    const { wanted, warm, pulling, waiting, failed } = this.#deps.ledger.counts();
    let failing = 0;
    for (const count of failed.values()) failing += count;
    return withoutUnset({
      v: 1,
      ...this.#about(),
      at: new Date(this.#deps.clock.wallMs()).toISOString(),
      images: { wanted, warm, pulling, waiting, failed: failing },
      disk: this.#disk(),
      uses: this.#deps.uses.report(),
      bytes: this.#deps.removal.told,
    });
  }

  #withUses(images: Record<string, ImageReport>): Record<string, ImageReport> {
    for (const [reference, at] of this.#deps.uses.usedTimes()) {
      const image = images[reference];
      if (image) images[reference] = { ...image, usedAt: new Date(at).toISOString() };
    }
    return images;
  }

  #disk(): BeatValue["disk"] {
    const content = this.#deps.diskGate.reading?.content;
    return content && { usedPercent: content.usedPercent, freeBytes: content.freeBytes };
  }

  #about() {
    return { node: this.#node, agent: VERSION, runtime: this.#deps.health.version };
  }
}
