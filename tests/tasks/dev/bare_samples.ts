import { pushImages } from "../../harness/images/images.ts";
import type { Registry } from "../../harness/servers/registry.ts";

/** What there is to play with. */
export interface Samples {
  /** References that the sample manifests name. */
  readonly named: readonly string[];
  /** In the registry, but named by nothing yet. */
  readonly unnamed: string;
  /** A Deployment that names `unnamed`. */
  readonly another: string;
}

/** Pushes five small images over a common base and writes manifests that name four of them. */
export async function makeSamples(registry: Registry, folder: string): Promise<Samples> {
  const names = ["shop/web:1", "shop/migrate:1", "shop/api:2", "shop/report:1", "shop/cart:1"];
  await pushImages(
    registry,
    names.map((name) => {
      const [repository = "", tag = ""] = name.split(":");
      const own = { name, bytes: 1_000_000 };
      return { repository, tag, layers: [{ name: "base", bytes: 3_000_000 }, own] };
    }),
  );
  const [web, migrate, api, report, cart] = names.map((name) => `${registry.host}/${name}`) as
    & string[]
    & { length: 5 };
  await Deno.mkdir(folder);
  const write = (name: string, text: string) => Deno.writeTextFile(`${folder}/${name}`, text);
  await write("web.yaml", deployment("web", `${web}`, `${migrate}`));
  await write("api.yaml", deployment("api", `${api}`));
  await write("report.yaml", cronJob("report", `${report}`));
  return {
    named: [web, migrate, api, report].map(String),
    unnamed: `${cart}`,
    another: deployment("cart", `${cart}`),
  };
}

/** Scaled to zero: its image is wanted before anybody needs it. */
function deployment(name: string, image: string, initImage?: string): string {
  const init = initImage === undefined ? "" : `
      initContainers:
        - name: migrate
          image: ${initImage}`;
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
spec:
  replicas: 0
  selector:
    matchLabels: { app: ${name} }
  template:
    metadata:
      labels: { app: ${name} }
    spec:${init}
      containers:
        - name: ${name}
          image: ${image}
`;
}

function cronJob(name: string, image: string): string {
  return `apiVersion: batch/v1
kind: CronJob
metadata:
  name: ${name}
  namespace: shop
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: ${name}
              image: ${image}
`;
}
