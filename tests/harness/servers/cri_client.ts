import { type ChannelCredentials, Client, credentials } from "@grpc/grpc-js";
import { loadSync, type MethodDefinition, type ServiceDefinition } from "@grpc/proto-loader";

/** An image as kubelet sees it. */
export interface CriImage {
  /** Digest of its configuration. */
  readonly id: string;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  /** Bytes as stored in the registry. */
  readonly size: number;
  readonly pinned: boolean;
}

/**
 * Plays kubelet: talks to containerd's CRI plug-in as kubelet does. All reject with grpc-js's
 * ServiceError (`code`, `details`); disposing closes the connection and ends what is running.
 */
export interface CriClient extends Disposable {
  /** Resolves to the image's id once it is unpacked. */
  pull(reference: string, options?: { readonly signal?: AbortSignal }): Promise<string>;
  /** Undefined: it is not there. */
  status(reference: string): Promise<CriImage | undefined>;
  list(): Promise<readonly CriImage[]>;
  /** Removes an image with all its names, as kubelet's garbage collection does. */
  remove(reference: string): Promise<void>;
}

/** Connects to the containerd behind the socket at `address`, once something is asked. */
export function openCriClient(address: string): CriClient {
  const service = imageService();
  const insecure: ChannelCredentials = credentials.createInsecure();
  const client = new Client(`unix://${address}`, insecure);
  const call = <T>(name: string, request: object, signal?: AbortSignal): Promise<T> =>
    new Promise((resolve, reject) => {
      const method = service[name];
      if (method === undefined) throw new TypeError(`CRI has no method "${name}"`);
      const { path, requestSerialize, responseDeserialize } = method;
      const running = client.makeUnaryRequest(
        path,
        requestSerialize,
        (bytes) => responseDeserialize(bytes) as T,
        request,
        (error, answer) => {
          signal?.removeEventListener("abort", cancel);
          if (error !== null || answer === undefined) reject(error);
          else resolve(answer);
        },
      );
      const cancel = () => running.cancel();
      signal?.addEventListener("abort", cancel);
    });
  const spec = (reference: string) => ({ image: { image: reference } });
  return {
    async pull(reference, { signal } = {}) {
      return (await call<{ imageRef: string }>("PullImage", spec(reference), signal)).imageRef;
    },
    async status(reference) {
      const { image } = await call<{ image: CriImage | null }>("ImageStatus", spec(reference));
      return image ?? undefined;
    },
    async list() {
      return (await call<{ images: readonly CriImage[] }>("ListImages", {})).images;
    },
    async remove(reference) {
      await call("RemoveImage", spec(reference));
    },
    [Symbol.dispose]: () => client.close(),
  };
}

type Service = Record<string, MethodDefinition<object, object>>;

function imageService(): Service {
  const file = decodeURIComponent(new URL("cri.proto", import.meta.url).pathname);
  const { "runtime.v1.ImageService": service } = loadSync(file, { longs: Number, defaults: true });
  return service as ServiceDefinition as Service;
}
