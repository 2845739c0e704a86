package kvlab.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whatever a user gets wrong ends with exit code 2, one line that names it, and nothing left behind. In
 * the cases {@code @name} stands for a file of the test's folder.
 */
class BadInputTest {
  private static final String TRACE = "arrival_ns,prompt_tokens,output_tokens\n0,20,3\n1000,5,4\n";
  private static final String CASE = """
      {"params": {"num_gpu_blocks": 10, "block_size": 16, "max_num_seqs": 4, "policy": "fcfs",
       "max_num_batched_tokens": 512, "max_model_len": 160, "base_ns": 1000, "per_token_ns": 1,
       "per_context_ns": 1, "chunked_prefill": true, "prefix_caching": false,
       "reserve_full_isl": true}}
      """;

  @TempDir
  Path folder;

  @BeforeEach
  void writeFiles() throws IOException {
    write("good.csv", TRACE);
    write("empty.csv", "");
    write("header.csv", "arrival_ns,prompt_tokens,output_tokens\n");
    write("negative.csv", TRACE + "2000,-7,4\n");
    write("words.csv", TRACE + "2000,7,four\n");
    write("large.csv", "arrival_ns,prompt_tokens,output_tokens\n0,20000,3\n5,30000,4\n");
    byte[] junk = new byte[4096];
    new SplittableRandom(1).nextBytes(junk);
    Files.write(folder.resolve("junk.bin"), junk);
    byte[] zipped = gzip(TRACE);
    Files.write(folder.resolve("cut.csv.gz"), Arrays.copyOf(zipped, zipped.length / 2));
    byte[] tar = Arrays.copyOf("good.csv".getBytes(StandardCharsets.UTF_8), 1024);
    System.arraycopy("ustar".getBytes(StandardCharsets.UTF_8), 0, tar, 257, 5);
    Files.write(folder.resolve("good.tar"), tar);
    Files.createDirectory(folder.resolve("folder"));
    golden("no-json", "{");
    golden("no-block-size", CASE.replace("\"block_size\": 16, ", ""));
    golden("zero-pages", CASE.replace(": 10,", ": 0,"));
    golden("backwards", CASE.replace("\"per_token_ns\": 1", "\"per_token_ns\": -1"));
    golden("odd-policy", CASE.replace("fcfs", "lottery"));
    golden("no-trace", CASE);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', textBlock = """
          @nosuch.csv                                     | @nosuch.csv: no such file
          @folder                                         | @folder: is a directory
          @junk.bin                                       | @junk.bin: binary data
          @empty.csv                                      | @empty.csv: the file is empty
          @header.csv                                     | @header.csv: no requests
          @negative.csv                                   | @negative.csv:4: prompt_tokens value '-7'
          @words.csv                                      | @words.csv:4: output_tokens value 'four'
          @cut.csv.gz                                     | @cut.csv.gz: truncated gzip data
          @good.tar                                       | @good.tar: is a tar archive
          @good.csv --format nosuch                       | unknown trace format 'nosuch'
          @good.csv --limit 0                             | limit must be at least 1: 0
          @good.csv --limit x                             | '--limit': 'x'
          @good.csv --arrivals often                      | arrivals 'often' is unknown
          @good.csv --arrivals poisson:0                  | the arrival rate must be positive: 0.0
          @good.csv --arrivals poisson:x                  | poisson:x
          @good.csv --seed x                              | '--seed': 'x'
          @good.csv --beam-width 0                        | --beam-width must be at least 1: 0
          @good.csv --beam-width 2 --samples 2            | --samples and --beam-width exclude
          @good.csv --set beam-width=2                    | beam-width is set by --beam-width
          @good.csv --rate-scale 0                        | rate scale must be positive: 0.0
          @good.csv --rate-scale -1                       | rate scale must be positive: -1.0
          @good.csv --rate-scale NaN                      | rate scale must be positive: NaN
          @good.csv --rate-scale 1e-300                   | simulated time passes
          @good.csv @good.csv                             | @good.csv
          @large.csv --pages 100                          | no design can serve any request
          @good.csv --designs nosuch                      | unknown design 'nosuch'
          @good.csv --designs ,                           | --designs names no design
          """)
  void namesWhatIsWrongWithTheTraceOrTheDesigns(String words, String expected) throws IOException {
    refuses("compare --no-charts --out @out/deep " + words, expected);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', textBlock = """
          --model nosuch                                  | unknown model nosuch
          --gpu nosuch                                    | unknown GPU nosuch
          --model opt-175b                                | opt-175b does not fit on 1 x a100-80g
          --kv-dtype nosuch                               | nosuch
          --tensor-parallel 0                             | --tensor-parallel 0 is not a number that
          --tensor-parallel 3                             | divides the 32 heads of llama-2-7b
          --tensor-parallel 64                            | --tensor-parallel 64 is not a number
          --gpu-memory-utilization 0                      | utilisation must be above 0 and at most 1
          --gpu-memory-utilization 1.5                    | at most 1: 1.5
          --gpu-memory-utilization NaN                    | at most 1: NaN
          --pages 0                                       | pages: '0' is not a whole number
          --pages x                                       | pages: 'x' is not a whole number
          --pages 99999999999                             | pages: '99999999999' is not a whole
          --pages 2000000000                              | 2000000000 pages of 16 tokens
          --page-tokens 0                                 | page-tokens: '0' is not a whole number
          --page-tokens 0 --pages 10                      | page-tokens: '0' is not a whole number
          --page-tokens 9999999                           | 0 pages of 9999999 tokens
          --pages 100 --max-model-len 0                   | --max-model-len 0 must be from 2
          --pages 100 --max-model-len 1601                | 1601 must be from 2 to the pool's 1600
          --max-num-seqs 0                                | max-num-seqs: '0'
          --max-num-seqs 2000000000                       | max-num-seqs: 2000000000
          --max-num-batched-tokens 0                      | max-num-batched-tokens: '0'
          --policy nosuch                                 | policy: 'nosuch' is not one of
          --set nosuch=1                                  | 'nosuch'
          --set nosuch                                    | nosuch
          --set watermark=2                               | watermark: '2' is not a number
          --set watermark=NaN                             | watermark: 'NaN' is not a number
          --set chunked-prefill=off --designs vllm-v1     | chunked-prefill=off needs
          --over-length nosuch                            | '--over-length'
          --window nonsense                               | --window 'nonsense' is not FROM,TO
          --window 1,2,3                                  | --window '1,2,3' is not FROM,TO
          --window 5,1                                    | --window '5,1' is not FROM,TO
          --window NaN,3                                  | --window 'NaN,3' is not FROM,TO
          --window 1000,2000                              | the window from 1000.000 s to 2000.000 s
          --step-time nonsense                            | step time 'nonsense'
          --step-time profile:nosuch                      | there is no nosuch/tp1/attention.csv
          --step-time linear:                             | step time 'linear:'
          --step-time linear:1,2                          | step time 'linear:1,2'
          --step-time linear:1,2,x                        | step time 'linear:1,2,x'
          --step-time linear:0,0,0                        | step time 'linear:0,0,0'
          --step-time linear:1,-2,3                       | step time 'linear:1,-2,3'
          --step-time linear:9223372036854775807,1,1      | step time 'linear:9223372036854775807
          --step-time roofline:speed=1                    | 'speed=1'
          --step-time roofline:gemm-bandwidth=2           | gemm-bandwidth must be from 1.0E-4 to 1.0, not 2.0
          --step-time roofline:gemm-bandwidth=x           | gemm-bandwidth is not a number: x
          --step-time roofline:file=none.txt              | none.txt: no such file
          --step-time shares:weights=1                    | does not state overhead-us
          --step-time shares:weights=0                  | 'weights=0'
          --step-time shares:weights=2                  | 'weights=2'
          --step-time shares:kv=x                       | kv=x is not a number
          --step-time shares:overhead-us=1e300          | 'overhead-us=1e300'
          --log nosuch                                    | 'nosuch'
          --nosuch                                        | '--nosuch'
          --out @good.csv                                 | @good.csv: is a file, not a folder
          --out @good.csv/below                           | @good.csv/below: cannot write results
          """)
  void namesTheOptionThatIsWrong(String words, String expected) throws IOException {
    String out = words.contains("--out") ? "" : "--out @out/deep ";
    refuses("compare @good.csv --no-charts " + out + words, expected);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', textBlock = """
          nosuch                                   | unknown command 'nosuch'; there are compare, replay
          trace nosuch                             | unknown command 'nosuch'; there are info
          validate nosuch                          | unknown command 'nosuch'; there are golden
          list nosuch                              | 'nosuch'
          list                                     | 'WHAT'
          replay @good.csv --out @out              | '--design=NAME'
          replay @good.csv --design x --out @out   | unknown design 'x'
          validate golden                          | 'CASE_DIR'
          validate golden @nosuch                  | @nosuch: not a golden case
          validate golden @folder                  | @folder: not a golden case: there is no case.json
          validate golden @no-json                 | @no-json/case.json:2: is not JSON
          validate golden @no-block-size           | @no-block-size/case.json: params.block_size
          validate golden @zero-pages              | @zero-pages/case.json: params.num_gpu_blocks
          validate golden @backwards               | @backwards/case.json: a linear step time needs
          validate golden @odd-policy              | @odd-policy/case.json: option policy: 'lottery'
          validate golden @no-trace --out @out     | @no-trace/trace.csv.gz: no such file
          validate paper --traces @folder          | @folder/sosp23_sharegpt_opt_lengths.csv.gz: not found
          """)
  void namesTheCommandOrTheCaseThatIsWrong(String words, String expected) throws IOException {
    refuses(words, expected);
  }

  @Test
  void refusesAnEmptyNameForResults() {
    Ran ran =
        Ran.kvlab("compare", folder.resolve("good.csv").toString(), "--pages", "40", "--out", "");
    assertEquals(2, ran.exit());
    assertEquals("kvlab: the folder for results has an empty name\n", ran.err());
  }

  /** One design would run 10^10 steps; the other cannot start. */
  @Test
  @Timeout(30)
  void stopsTheOtherDesignsWhenOneFails() throws IOException {
    write(
        "endless.csv", "arrival_ns,prompt_tokens,output_tokens\n" + "0,1,1000000\n".repeat(10_000));
    refuses(
        "compare @endless.csv --no-charts --out @out/deep --pages 70000 --max-model-len 1100000"
            + " --max-num-seqs 1 --log steps --designs orca-oracle,vllm-v1"
            + " --set chunked-prefill=off --max-num-batched-tokens 2000",
        "chunked-prefill=off needs");
  }

  @Test
  void showsWhereOnlyWhenAsked() {
    String[] quiet = {"compare", folder.resolve("nosuch.csv").toString()};
    String[] loud = {"compare", folder.resolve("nosuch.csv").toString(), "--verbose"};
    assertFalse(Ran.kvlab(quiet).err().contains("at kvlab."));
    Ran ran = Ran.kvlab(loud);
    assertEquals(2, ran.exit());
    assertTrue(ran.err().contains("at kvlab."), ran.err());
    assertTrue(ran.err().endsWith("nosuch.csv: no such file\n"), ran.err());
  }

  private void refuses(String words, String expected) throws IOException {
    List<String> before = files();
    Ran ran = Ran.kvlab(words.replace("@", folder + "/").split(" +"));
    assertEquals(2, ran.exit(), ran.err());
    List<String> lines =
        ran.err().lines().filter(line -> !line.startsWith("Try '")).toList();
    assertEquals(1, lines.size(), ran.err());
    String line = lines.get(0);
    assertTrue(line.startsWith("kvlab: "), line);
    assertTrue(line.contains(expected.replace("@", folder + "/")), line);
    assertFalse(line.contains("Exception"), line);
    assertFalse(line.contains("at kvlab"), line);
    assertEquals("", ran.out());
    assertEquals(before, files());
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.map(Path::toString).sorted().toList();
    }
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  private void golden(String name, String json) throws IOException {
    Path made = Files.createDirectory(folder.resolve(name));
    Files.writeString(made.resolve("case.json"), json + "\n");
    if (!name.equals("no-trace")) {
      Files.write(made.resolve("trace.csv.gz"), gzip(TRACE));
    }
    Files.write(made.resolve("steps.csv.gz"), gzip("step\n"));
    Files.write(made.resolve("requests.csv.gz"), gzip("id\n"));
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }
}
