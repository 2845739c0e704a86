package kvlab.study;

import java.util.List;
import java.util.Map;
import kvlab.capacity.Attention;
import kvlab.design.Design;
import kvlab.design.Site;
import kvlab.engine.OverLength;
import kvlab.engine.Router;
import kvlab.kv.Layers;
import kvlab.metrics.Window;
import kvlab.workload.RequestSource;

/**
 * Everything that decides a result: equal experiments give equal bytes.
 *
 * @param trace the requests as they arrive, cut and scaled
 * @param designs those under comparison, in the order of the results
 * @param options design options by name that replace defaults, for every design that has them
 * @param maxModelTokens the longest sequence, prompt and output
 * @param stepTime see {@link StepTimes}
 * @param window what time-weighted figures are taken over
 * @param replicas equal servers that share the trace
 * @param router who of them gets a request
 */
public record Experiment(
    RequestSource trace,
    List<Design> designs,
    Map<String, String> options,
    Hardware hardware,
    Memory memory,
    int maxModelTokens,
    OverLength overLength,
    String stepTime,
    Window window,
    int replicas,
    Router router) {
  /** An experiment on one server. */
  public Experiment(
      RequestSource trace,
      List<Design> designs,
      Map<String, String> options,
      Hardware hardware,
      Memory memory,
      int maxModelTokens,
      OverLength overLength,
      String stepTime,
      Window window) {
    this(
        trace,
        designs,
        options,
        hardware,
        memory,
        maxModelTokens,
        overLength,
        stepTime,
        window,
        1,
        Router.ROUND_ROBIN);
  }

  /** This experiment with other requests on so many servers. */
  public Experiment with(RequestSource requests, int servers) {
    return new Experiment(
        requests,
        designs,
        options,
        hardware,
        memory,
        maxModelTokens,
        overLength,
        stepTime,
        window,
        servers,
        router);
  }

  /** Where its designs serve. */
  public Site site() {
    Attention attention = hardware.model().attention();
    int tensors = attention.kvTensors();
    int sliding = attention.slidingLayers();
    Layers layers = sliding == 0
        ? Layers.ALIKE
        : new Layers(attention.kvLayers() - sliding, sliding, attention.windowTokens());
    return new Site(
        hardware.gpu().name(),
        hardware.gpu().memoryBytes(),
        maxModelTokens,
        tensors,
        hardware.kvBytesPerToken() / tensors,
        memory.slots(),
        layers);
  }
}
