import { type ApiError, ErrorCode, NatsError } from "nats";
import type { ServerAddress } from "../../pure/settings/nats_settings.ts";
import type { StoreLimit } from "../../pure/bucket/store_errors.ts";
import { TransportError } from "./transport.ts";
import { messageOf } from "../../pure/message_of.ts";

/** Says why there is no connection to `address`, and what a person can do about it. */
export function connectReason(error: unknown, address: ServerAddress, check: string): string {
  const server = address.shown;
  if (error instanceof TransportError) return transportReason(error, server);
  const detail = messageOf(error);
  switch (codeOf(error)) {
    case ErrorCode.AuthorizationViolation:
    case ErrorCode.AuthenticationTimeout:
    case ErrorCode.AuthenticationExpired:
    case ErrorCode.AccountExpired:
      return `NATS at ${server} refuses the credentials (${unquoted(detail)}): ${check}`;
    case ErrorCode.Timeout:
      return `NATS at ${server} does not answer in time: check that the server is healthy`;
    case ErrorCode.ConnectionRefused: // closed without a word; what the dial meets, it says itself
      return `NATS at ${server} closed the connection during the login: its log says why`;
    default:
      return `Cannot connect to NATS at ${server}: ${unquoted(detail)}`;
  }
}

/** The bucket, or JetStream itself, is not to be had; the message says what to do. */
export function bucketReason(error: unknown, server: string, bucket: string): string {
  const detail = messageOf(error);
  switch (codeOf(error)) {
    case ErrorCode.JetStreamNotEnabled:
      return apiErrorOf(error) !== undefined
        ? `JetStream is off for this user's account on the NATS server at ${server}: give the account JetStream limits`
        : `JetStream is off on the NATS server at ${server}: write "jetstream {}" into its configuration or start it with "nats-server -js" (Helm: config.jetstream.enabled=true for nats/nats, jetstream.enabled=true for bitnami/nats)`;
    case ErrorCode.Timeout:
      return `JetStream on the NATS server at ${server} does not answer in time: check that its cluster has a leader`;
    case ErrorCode.PermissionsViolation:
      return permissionReason(detail, server, bucket);
    default:
      return `Cannot open bucket "${bucket}" on NATS at ${server}: ${unquoted(detail)}${
        isShortOfServers(error)
          ? ": --nats-replicas, --nats-placement-cluster and --nats-placement-tags need as many servers"
          : ""
      }`;
  }
}

/** A write was refused for want of room; the message says which limit it is and what to do. */
export function fullReason(
  limit: StoreLimit,
  detail: string,
  server: string,
  bucket: string,
): string {
  const full = `Bucket "${bucket}" on NATS at ${server} is full`;
  switch (limit) {
    case "bucket":
      return `${full}: it has reached its own limit (${unquoted(detail)}): raise --nats-max-bytes`;
    case "account":
      return `${full}: the account's JetStream storage is used up (${
        unquoted(detail)
      }): raise the account's limit, or remove other streams of the account`;
    case "server":
      return `${full}: the server's JetStream storage is used up (${
        unquoted(detail)
      }): raise max_file_store in its configuration, or remove other streams`;
    default:
      return limit satisfies never;
  }
}

/** The bucket obeys rollup headers, and cannot be told not to; the message says what to do. */
export function rollupsReason(detail: string, server: string, bucket: string): string {
  return `Bucket "${bucket}" on NATS at ${server} lets whoever may write one key empty it all, and this user may not change that (${
    unquoted(detail)
  }): grant it what mod/README.md lists under "Permissions of a shared NATS", and restart the controller`;
}

/** The bucket is not as the settings name it; the message says what to do. */
export function settingsReason(detail: string, server: string, bucket: string): string {
  return `Bucket "${bucket}" on NATS at ${server} stays as it is, as it cannot be given the replicas, placement or size of --nats-replicas, --nats-placement-cluster, --nats-placement-tags or --nats-max-bytes (${
    unquoted(detail)
  }); that is tried again every 15 s`;
}

/** The bucket is there and cannot be followed; the message says what to do. */
export function watchReason(error: unknown, server: string, bucket: string): string {
  const detail = messageOf(error);
  return codeOf(error) === ErrorCode.PermissionsViolation
    ? permissionReason(detail, server, bucket)
    : `Cannot follow bucket "${bucket}" on NATS at ${server}, trying again (${unquoted(detail)})`;
}

/** True when the server says that the bucket's stream does not exist. */
export function isStreamMissing(error: unknown): boolean {
  return apiErrorOf(error)?.err_code === 10059;
}

/** What the JetStream API answered, if the error is such an answer. */
export function apiErrorOf(error: unknown): ApiError | undefined {
  return error instanceof NatsError ? error.api_error : undefined;
}

/** The library's code of an error, if it is one of its own. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof NatsError ? error.code : undefined;
}

function permissionReason(detail: string, server: string, bucket: string): string {
  return `NATS at ${server} does not let this user work with bucket "${bucket}" (${
    unquoted(detail)
  }): grant it what mod/README.md lists under "Permissions of a shared NATS"`;
}

function transportReason(error: TransportError, server: string): string {
  switch (error.step) {
    case "dial":
      return `Cannot reach NATS at ${server} (${error.message}): check --nats-url and that the server runs`;
    case "greeting":
      return `No NATS server greets at ${server} (${error.message}): check --nats-url`;
    case "tls":
      return `TLS with NATS at ${server} fails (${error.message}): check that --nats-ca-file holds the authority that signed the server's certificate, that the certificate is for this host, and that --nats-cert-file and --nats-key-file are given if the server wants a client certificate`;
    case "no_tls":
      return `NATS at ${server} does not offer TLS: switch it on there, or give neither tls:// nor TLS files`;
    default:
      return error.step satisfies never;
  }
}

/** "replicas > 1 not supported in non-clustered mode", "no suitable peers for placement" */
function isShortOfServers(error: unknown): boolean {
  return [10074, 10005].includes(apiErrorOf(error)?.err_code ?? 0);
}

function unquoted(detail: string): string {
  return detail.replace(/^'(.*)'$/, "$1");
}
