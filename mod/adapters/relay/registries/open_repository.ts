import type { ImageReference } from "../../../pure/images/image_reference.ts";
import { BlobRequests } from "./blob_requests.ts";
import { addressAt } from "./host_address.ts";
import { HostRequests } from "./host_requests.ts";
import { HostWalk } from "./host_walk.ts";
import { LoginInUse } from "./login_in_use.ts";
import { requestManifest } from "./manifest_requests.ts";
import type { OpenHost } from "./open_host.ts";
import type { Repository } from "./repository.ts";
import type { SharedTools } from "./shared_tools.ts";
import { ShownSecrets } from "./shown_secrets.ts";

/** Reaches the repository of `reference` for one pull, at `hosts` in their order. */
export function openRepository(
  reference: ImageReference,
  hosts: readonly OpenHost[],
  tools: SharedTools,
): Repository {
  const secrets = new ShownSecrets();
  const walk = new HostWalk(reference, hosts, { ...tools, secrets });
  return repositoryOf({ reference, walk, tools, secrets });
}

interface Opened {
  readonly reference: ImageReference;
  readonly walk: HostWalk;
  readonly tools: SharedTools;
  /** Of all logins of the pull: a registry may repeat one to another. */
  readonly secrets: ShownSecrets;
  readonly login?: LoginInUse | undefined;
}

function repositoryOf(opened: Opened): Repository {
  const { reference, walk, tools, login, secrets } = opened;
  const requests = new HostRequests(tools, opened);
  const blobs = new BlobRequests(reference, walk, requests);
  return {
    manifest: (method, target, { signal }) => {
      const isDigest = target.includes(":");
      const may = (host: OpenHost) => host.pulls && (isDigest || host.resolves);
      const pausedMs = (host: OpenHost) => requests.pausedMs(host);
      return walk.first({ may, pausedMs, signal }, (host) =>
        requestManifest(requests, {
          host,
          method,
          target,
          url: addressAt(host, reference, `manifests/${target}`),
          signal,
        }));
    },
    blob: (digest, options) => blobs.open(digest, options),
    distrust: (digest) => blobs.distrust(digest),
    login,
    masked: (text) => secrets.maskedSaying(text),
    async withLogin(source, options) {
      const { clock, ending } = tools;
      const login = await LoginInUse.open(source, { ...options, clock, ending });
      return login && repositoryOf({ ...opened, login });
    },
  };
}
