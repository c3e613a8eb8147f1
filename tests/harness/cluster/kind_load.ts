import { type CommandResult, runCommand } from "../commands.ts";
import { dockerBuildArguments } from "../images/image_docker.ts";
import { type ImageName, readImageSource } from "../images/image_source.ts";
import { REPOSITORY } from "../programs.ts";
import { chartRepository, chartTag } from "./chart_names.ts";
import { type ImagePlaces, must } from "./cluster.ts";

/** What kind and Docker are asked for. */
interface KindTools {
  readonly kindName: string;
  kind(...args: string[]): Promise<CommandResult>;
  docker(...args: string[]): Promise<CommandResult>;
}

/**
 * Builds both images and copies them to each node, under a tag of their own and under the one that
 * the chart names by default. Docker keeps nothing but its build cache.
 */
export async function loadIntoKind(
  cluster: KindTools,
  printProgress: (line: string) => void = () => {},
): Promise<ImagePlaces> {
  const source = await readImageSource();
  const usual = await chartTag();
  const tags: string[] = [];
  const build = async (name: ImageName) => {
    printProgress(`building the image of the ${name}`);
    const repository = chartRepository(name);
    const [own, usualName] = [`${repository}:${source.hash}`, `${repository}:${usual}`];
    const args = dockerBuildArguments(name, own, source);
    await must(runCommand("docker", args, { cwd: REPOSITORY }));
    tags.push(own);
    await must(cluster.docker("tag", own, usualName));
    tags.push(usualName);
    return { repository, tag: source.hash };
  };
  try {
    const places = { controller: await build("controller"), agent: await build("agent") };
    printProgress("copying both images to the nodes");
    await must(cluster.kind("load", "docker-image", ...tags, "--name", cluster.kindName));
    return places;
  } finally {
    if (tags.length > 0) await cluster.docker("image", "rm", ...tags);
  }
}
