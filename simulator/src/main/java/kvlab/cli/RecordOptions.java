package kvlab.cli;

import java.util.EnumSet;
import java.util.Set;
import kvlab.study.Study;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a replay writes down as it goes: logs, and a film of the pool. */
final class RecordOptions {
  @Mixin
  Records records = new Records();

  static final class Records {
    @Option(
        names = "--log",
        split = ",",
        paramLabel = "LOG",
        description =
            "Also write logs, comma-separated: steps, requests; events, a trace for Perfetto and "
                + "speedscope.")
    Set<Study.Log> logs = EnumSet.noneOf(Study.Log.class);

    @Option(
        names = "--events-requests",
        paramLabel = "N",
        defaultValue = "20000",
        description = "Most requests in the log of events of a server; of more, one in k is in it"
            + " (default: 20000).")
    int eventsRequests;

    @Option(
        names = "--no-memory-map",
        description = "Do not film who holds which page (maps/, shown in the report).")
    boolean noMap;
  }
}
