package kvlab.design;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kvlab.kv.Layers;
import kvlab.kv.Pool;
import kvlab.metrics.Part;
import kvlab.workload.InputException;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;

/** Designs on models with layers that slide, by hand. */
final class SlidingWindowTest {
  private static final Map<String, String> SMALL =
      Map.of("page-tokens", "2", "max-num-batched-tokens", "4", "max-num-seqs", "4");

  private static TraceBuilder one(int prompt, int output) {
    TraceBuilder trace = new TraceBuilder("one");
    trace.add(0, 0, prompt, output);
    return trace;
  }

  /**
   * A full and a sliding layer, window 4, pages of 2 tokens in one layer: before the step with c tokens
   * computed the sliding row loses its pages before token c - 3, then both rows get as far as c + 1.
   */
  @Test
  void vllmV1FreesWhatTheWindowHasPassedBeforeItGrows() {
    Scenario scenario =
        Scenario.run("vllm-v1", new Pool(11, 2), 16, new Layers(1, 1, 4), SMALL, one(4, 6));
    assertEquals(
        List.of(
            "0:4@0 free 6", // 2 + 2 pages of 10
            "0:1@4 free 4", // 3 + 3
            "0:1@5 free 5", // 3 + 2: tokens 0 and 1 are passed
            "0:1@6 free 3", // 4 + 3
            "0:1@7 free 4", // 4 + 2
            "0:1@8 free 2"), // 5 + 3
        scenario.steps);
  }

  @Test
  void vllmV1WithoutItsHybridManagerKeepsEverything() {
    Map<String, String> options = new HashMap<>(SMALL);
    options.put("hybrid-kv-cache-manager", "off");
    Scenario scenario =
        Scenario.run("vllm-v1", new Pool(11, 2), 16, new Layers(1, 1, 4), options, one(4, 6));
    assertEquals(
        List.of(
            "0:4@0 free 8",
            "0:1@4 free 7",
            "0:1@5 free 7",
            "0:1@6 free 6",
            "0:1@7 free 6",
            "0:1@8 free 5"),
        scenario.steps);
    assertEquals(9 + 3, scenario.slots(5, Part.LIVE), "9 in the full layer, 3 in the sliding one");
    assertEquals(6 + 2, scenario.slots(5, Part.INTERNAL), "6 are passed; 2 slots stay empty");
  }

  /**
   * 2 full and 3 sliding layers make groups of 2: the full ones, 2 sliding ones, and 1 with padding. 10
   * tokens of 13 are written in 5 columns; with a window of 5 tokens 0 to 5 are passed.
   */
  @Test
  void vllmV1PadsTheGroupsOfTheCommonerKind() {
    Map<String, String> options = Map.of("page-tokens", "2", "max-num-batched-tokens", "16");
    Scenario scenario =
        Scenario.run("vllm-v1", new Pool(41, 2), 16, new Layers(2, 3, 5), options, one(10, 4));
    assertEquals(2 * 10 + 3 * 4, scenario.slots(0, Part.LIVE));
    assertEquals(3 * 6, scenario.slots(0, Part.INTERNAL));
    assertEquals(10, scenario.slots(0, Part.ROUNDING), "the layer that the third group lacks");
    assertEquals(4, scenario.slots(0, Part.WITHHELD), "the null page");
    // now 11 tokens, 7 are passed and 6 of them given up: 6 columns of full pages, 3 of sliding
    // ones
    assertEquals(2 * 11 + 3 * 4, scenario.slots(1, Part.LIVE));
    assertEquals(3 * 1, scenario.slots(1, Part.INTERNAL));
    assertEquals(5 * 1, scenario.slots(1, Part.RESERVED));
    assertEquals(6, scenario.slots(1, Part.ROUNDING));
  }

  /** 10 tokens of 13 written in a page of 16, window 5: 4 of 10 are live in each of 3 sliding layers. */
  @Test
  void aDesignThatKeepsEverythingHoldsPassedTokens() {
    Scenario scenario =
        Scenario.run("vllm-paper", new Pool(8, 16), 32, new Layers(1, 3, 5), Map.of(), one(10, 4));
    assertEquals(10 + 3 * 4, scenario.slots(0, Part.LIVE));
    assertEquals(4 * 3, scenario.slots(0, Part.RESERVED));
    assertEquals(4 * 3 + 3 * 6, scenario.slots(0, Part.INTERNAL));
  }

  @Test
  void jengaCutsLargePagesForBothKinds() {
    Scenario scenario =
        Scenario.run("jenga", new Pool(10, 2), 16, new Layers(2, 3, 4), SMALL, one(4, 6));
    assertEquals(
        List.of(
            "0:4@0 free 8", // 2 full small pages in 1 large one, 2 sliding ones in 1
            "0:1@4 free 7", // the third sliding page takes a second
            "0:1@5 free 7", // a small page is given up
            "0:1@6 free 6", // the fourth full page takes a second, the fourth sliding one has room
            "0:1@7 free 7", // both pages of the first sliding large page are passed
            "0:1@8 free 6"), // the fifth sliding page
        scenario.steps);
    assertEquals(2 * 4 + 3 * 3, scenario.slots(0, Part.LIVE));
    assertEquals(3, scenario.slots(0, Part.INTERNAL), "token 0 in the sliding layers");
    assertEquals(1 * 2 * 2, scenario.slots(0, Part.ROUNDING), "room in the full large page");
  }

  @Test
  void aHostTierIsRefusedWithWindows() {
    Map<String, String> options = Map.of("host-cache-pages", "10");
    InputException e = assertThrows(
        InputException.class,
        () ->
            Scenario.run("vllm-v1", new Pool(11, 16), 32, new Layers(1, 1, 4), options, one(4, 6)));
    assertTrue(
        String.valueOf(e.getMessage()).contains("hybrid-kv-cache-manager=off"),
        String.valueOf(e.getMessage()));
  }

  /** vLLM's own examples: gpt-oss-20b, Gemma 3 27B, and 12 sliding with 13 full (kv_cache_utils.py). */
  @Test
  void pagesHoldAsManyLayersAsThereAreOfTheRarerKind() {
    assertEquals(12, VllmLayerGroups.pageLayers(new Layers(12, 12, 128)));
    assertEquals(10, VllmLayerGroups.pageLayers(new Layers(10, 52, 1024)));
    assertEquals(13, VllmLayerGroups.pageLayers(new Layers(13, 12, 128)));
    assertEquals(32, VllmLayerGroups.pageLayers(new Layers(0, 32, 4096)));
    List<Integer> sizes =
        VllmLayerGroups.layout(new Layers(10, 52, 1024), new Pool(2, 16), 1).groups().stream()
            .map(group -> group.layers().count())
            .toList();
    assertEquals(List.of(9, 9, 9, 9, 8, 8, 10), sizes);
  }
}
