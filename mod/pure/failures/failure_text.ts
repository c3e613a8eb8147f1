import { withoutSecretNames } from "../private_images/secret_names.ts";
import type { PullFailure } from "../pulls/pull_outcome.ts";
import type { FailingImage } from "./failing_images.ts";

/** Nodes that are named, of all. */
const NAMED_NODES = 3;
/** An Event's message has at most 1,024 bytes; what nodes say is cut, not what to do. */
const MOST = { chars: 900, said: 400, image: 250 };

/** What to do, where it is known. */
const ADVICE: Readonly<Partial<Record<PullFailure, string>>> = {
  "not_found": "Check the image's name and tag, and whether it was pushed.",
  denied: "Nodes get it without a login, or as a private image (warm-images/private).",
  network: "Check that nodes reach the registry.",
  "server_error": "Check the registry.",
  stalled: "Check the registry, and the network between it and nodes.",
  "rate_limited": "The registry refuses more requests for now; it is tried again.",
  invalid: "Check how the image is written and built.",
  "not_usable": "The image came and cannot be used; see containerd on these nodes.",
  "disk_error": "Check the disks of these nodes.",
};

/** What an Event says of an image: which, where, why, and what to do. One line. */
export function failureText(image: FailingImage): string {
  const { reference, nodeCount, nodes, reason, text } = image;
  const named = nodes.slice(0, NAMED_NODES).join(", ");
  const where = nodeCount === 1
    ? `node ${named}`
    : `${nodeCount} nodes (${named}${nodeCount > NAMED_NODES ? ", …" : ""})`;
  const advice = Object.hasOwn(ADVICE, reason) ? ADVICE[reason as PullFailure] : undefined;
  const line = [
    `Image ${cut(reference, MOST.image)} cannot be pulled ahead on ${where}: ${
      cut(withoutSecretNames(text), MOST.said)
    }.`,
    advice,
    "More: warm-images-controller why IMAGE.",
  ].filter((part) => part !== undefined).join(" ");
  return cut(line.replace(/[\p{Cc}\u2028\u2029]/gu, " "), MOST.chars);
}

function cut(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars - 1)}…`;
}
