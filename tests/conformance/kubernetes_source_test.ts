import { kubernetesSource } from "../../mod/adapters/kubernetes/source.ts";
import {
  deployment,
  DEPLOYMENTS,
  FakeApiSession,
  QUICK,
} from "../harness/fakes/fake_api_session.ts";
import { KindChoice } from "../../mod/pure/objects/kind_choice.ts";
import { recordingConditions } from "../harness/fakes/quiet.ts";
import { waitUntil } from "../harness/wait.ts";
import { type SourceUnderTest, wantsSourceConformance } from "./wants_source.ts";

const NODES = "/api/v1/nodes";

wantsSourceConformance("the source of an API server", () => Promise.resolve(refusingNodes()));

/** Nodes may not be read until they are revealed. */
function refusingNodes(): SourceUnderTest {
  const session = new FakeApiSession();
  const { client, logger, metrics, signal, server } = session;
  const refuse = (verb: "list" | "watch") =>
    server.fail({ verb, path: NODES, times: Infinity }, { type: "status", status: 403 });
  refuse("list");
  const conditions = recordingConditions();
  const options = {
    kinds: new KindChoice(["Deployment"]),
    logger,
    conditions,
    metrics,
    tuning: QUICK,
  };
  const source = kubernetesSource(client, options);
  let changes = 0;
  session.run(source.follow({ signal, changed: () => changes++ }));
  return {
    source,
    changes: () => changes,
    hiddenKind: "Node",
    reveal: () => Promise.resolve(server.allow()),
    async hide() {
      const before = server.count("watch", NODES);
      refuse("list");
      refuse("watch");
      server.dropWatches();
      await waitUntil("it is refused", () => server.count("watch", NODES) > before);
    },
    add: (name) => Promise.resolve(server.objects.put(DEPLOYMENTS.path, deployment(name))),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
