/** Why a pull failed, in words that reports, metrics and logs share. */
export type PullFailure =
  | "network" // unknown host, refused, reset, i/o timeout, TLS
  | "server_error" // registry answered 5xx, or something we do not know
  | "rate_limited" // 429
  | "not_found" // tag, digest or repository unknown, or gone for good (410)
  | "login_awaited" // denied, and a login that may open it is on its way to this node
  | "denied" // 401, 403, and other refusals that a retry does not change
  | "no_platform" // the image has nothing for this node's platform
  | "bad_content" // bytes do not match their digest
  | "disk_full" // no space left while downloading or unpacking
  | "no_room" // it does not fit under the disk's mark
  | "disk_error" // the node's disk fails: input/output errors, read-only
  | "stalled" // no progress for the idle timeout, or no end; the agent ended it
  | "lazy_snapshotter" // not pulled: containers start before their image is there
  | "invalid" // the runtime refuses the reference itself, or cannot unpack such an image
  | "not_usable" // ctr exited with 0, and yet no container could start
  | "runtime"; // containerd or ctr itself: missing, died, hung
