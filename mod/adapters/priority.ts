import { setPriority } from "node:os";
import type { Logger } from "../ports/logger.ts";
import { messageOf } from "../pure/message_of.ts";

/**
 * Nice value of the agent and of each ctr. Where all want the processor, others get nine times as much
 * as one of ours (weight 110 to 1024, `sched_prio_to_weight` in the kernel's scheduler), which still
 * leaves the work loop its few milliseconds. Between control groups, such as pods, their CPU requests
 * decide instead.
 */
const NICE = 10;

/**
 * Lets everything else on the node have the processor and the disk before us: for the calling thread
 * and all processes it starts from now on. Nobody sets an I/O priority for these, so the kernel takes
 * it from the nice value at each request: best-effort level (nice + 20) / 5 of 0 to 7 (ioprio_set(2)),
 * here 6 instead of 4; `ionice -p` shows "none" for such a process. Only the scheduler BFQ heeds
 * levels: measured with Linux 6.18, three readers of one disk, ours gets a tenth of what each of the
 * others gets or less with it, and as much as they with mq-deadline and with none. The class "idle",
 * which mq-deadline heeds too, takes ioprio_set(2): Deno has no word for it but FFI, which an agent
 * with root's rights should not have, and its image has no `ionice`. What containerd itself reads and
 * writes for us has containerd's own. Needs `--allow-sys=setPriority`; what fails is only logged.
 */
export function yieldProcessor({ logger }: { readonly logger: Logger }): void {
  try {
    setPriority(0, NICE);
  } catch (error) {
    logger.warn("Cannot lower the own priority, so pulls compete with the node's work", {
      reason: messageOf(error),
    });
  }
}
