/** Who the agent is to registries. */
export interface RegistryLogins {
  /**
   * The value of an `Authorization` header (`Basic …`) for a repository, such as `team/app`, of a
   * registry, such as `registry.example:5000`; undefined: nobody in particular.
   */
  find(registry: string, repository: string): Promise<string | undefined>;
}
