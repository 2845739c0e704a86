package kvlab.cli;

import kvlab.engine.Router;
import kvlab.workload.InputException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of a run that may have several servers. */
final class FleetOptions extends RunOptions {
  private static final int MOST_REPLICAS = 1000;

  @Mixin
  Servers servers = new Servers();

  static final class Servers {
    @Option(
        names = "--replicas",
        paramLabel = "N",
        defaultValue = "1",
        description = "Equal servers that share the requests (default: 1).")
    int replicas;

    @Option(
        names = "--router",
        paramLabel = "R",
        defaultValue = "round-robin",
        description = "Who of them gets a request: round-robin, least-outstanding, least-kv,"
            + " prefix-affinity or session (default: round-robin).")
    String router = "";
  }

  @Override
  int replicas() {
    if (servers.replicas < 1 || servers.replicas > MOST_REPLICAS) {
      throw new InputException(
          "--replicas must be from 1 to " + MOST_REPLICAS + ": " + servers.replicas);
    }
    return servers.replicas;
  }

  @Override
  Router router() {
    return Router.named(servers.router);
  }
}
