package kvlab.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The launcher in a checkout of its own, with a Maven and a Java that only say that they were called. */
@Timeout(60)
class LauncherTest {
  private static final String MAVEN = """
      #!/bin/sh
      echo built >>"$PWD/builds"
      [ -f broken ] && echo '[ERROR] does not compile' && exit 1
      [ -f slow ] && sleep 2
      mkdir -p simulator/target && : >simulator/target/kvlab.jar
      """;
  private static final String JAVA = """
      #!/bin/sh
      if [ "$1" = -version ]; then
        echo 'openjdk version "VERSION" 2021-09-14' >&2
      else
        for last; do :; done
        echo "java ran: $last"
      fi
      """;

  /** Also says which of the launcher's choices it was given, and makes the archive that it is asked for. */
  private static final String TELLING_JAVA = """
      #!/bin/sh
      dumps=
      for word; do
        case $word in
          -Xshare:dump) [ -f 'HOME/unarchivable' ] && exit 1; dumps=yes ;;
          -XX:SharedArchiveFile=*) [ -z "$dumps" ] && echo archive || : >"${word#*=}" ;;
          -XX:TieredStopAtLevel=1) echo quick ;;
        esac
      done
      """;

  @TempDir
  Path folder;

  private Path home = Path.of("");
  private Path bin = Path.of("");
  private String options = "";

  @BeforeEach
  void makeCheckout() throws IOException {
    assumeTrue(new File("/bin/sh").canExecute(), "there is no /bin/sh");
    home = folder.resolve("a checkout");
    for (String module : List.of("workloads", "simulator", "realgpu")) {
      Files.createDirectories(home.resolve(module + "/src/main"));
      Files.createFile(home.resolve(module + "/pom.xml"));
    }
    Files.createFile(home.resolve("pom.xml"));
    Files.copy(
        Path.of(System.getProperty("kvlab.root", ".."), "kvlab"),
        home.resolve("kvlab"),
        java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    bin = Files.createDirectory(folder.resolve("bin"));
    for (String tool : "sh dirname readlink find head grep cat mkdir rm mv sleep".split(" ")) {
      program(tool, "#!/bin/sh\nexec " + onPath(tool) + " \"$@\"\n");
    }
    program("mvn", MAVEN);
    program("java", JAVA.replace("VERSION", "17.0.1"));
  }

  @Test
  void buildsOnFirstUseAndNotAgain() throws Exception {
    Ran first = run("kvlab", "one");
    assertEquals("java ran: one\n", first.out());
    assertTrue(first.err().startsWith("kvlab: building (first use"), first.err());
    assertEquals(new Ran(0, "java ran: two\n", ""), run("kvlab", "two"));
    assertEquals(1, builds());
  }

  @Test
  void buildsAgainWhenASourceIsNewer() throws Exception {
    run("kvlab");
    Path source = Files.createFile(home.resolve("simulator/src/main/New.java"));
    Files.setLastModifiedTime(source, FileTime.fromMillis(System.currentTimeMillis() + 2000));
    assertEquals("kvlab: building (sources have changed)...\n", run("kvlab").err());
    assertEquals(2, builds());
  }

  @Test
  void isFoundThroughALink() throws Exception {
    Path elsewhere = Files.createDirectory(folder.resolve("else where"));
    Files.createSymbolicLink(elsewhere.resolve("kv"), Path.of("../a checkout/kvlab"));
    assertEquals("java ran: x\n", run("../else where/kv", "x").out());
    assertEquals(1, builds());
  }

  @Test
  void buildsOnceWhenStartedTwice() throws Exception {
    Files.createFile(home.resolve("slow"));
    Process first = start("kvlab", "1");
    Process second = start("kvlab", "2");
    Ran one = ran(first);
    Ran two = ran(second);
    assertEquals("java ran: 1\n", one.out());
    assertEquals("java ran: 2\n", two.out());
    assertTrue(
        (one.err() + two.err()).contains("waiting for another kvlab"), one.err() + two.err());
    assertEquals(1, builds());
  }

  @Test
  void goesOnWhenABuilderWasKilled() throws Exception {
    Path lock = Files.createDirectories(home.resolve("target/kvlab.lock"));
    Files.writeString(lock.resolve("pid"), "999999999\n");
    assertEquals("java ran: x\n", run("kvlab", "x").out());
    assertFalse(Files.exists(lock));
  }

  @Test
  void showsWhyABuildFailedAndTriesAgain() throws Exception {
    Files.createFile(home.resolve("broken"));
    Ran broken = run("kvlab");
    assertEquals(2, broken.exit());
    assertEquals("", broken.out());
    assertTrue(broken.err().contains("[ERROR] does not compile"), broken.err());
    assertTrue(broken.err().contains("kvlab: the build failed; the whole log is in "));
    assertFalse(Files.exists(home.resolve("target/kvlab.lock")));
    Files.delete(home.resolve("broken"));
    assertEquals("java ran: x\n", run("kvlab", "x").out());
  }

  @Test
  void namesWhatIsMissing() throws Exception {
    program("java", JAVA.replace("VERSION", "11.0.2"));
    assertEquals(
        "kvlab: JDK 17 or later is needed; " + bin.resolve("java")
            + " is openjdk version \"11.0.2\" 2021-09-14\n",
        run("kvlab").err());
    Files.delete(bin.resolve("mvn"));
    assertTrue(run("kvlab").err().contains("no mvn was found; install Maven"));
    Files.delete(bin.resolve("java"));
    Ran ran = run("kvlab");
    assertEquals(2, ran.exit());
    assertTrue(ran.err().contains("no java found; install a JDK 17 or later"), ran.err());
  }

  @Test
  void archivesTheClassesOfABuildForTheJavaThatMadeThem() throws Exception {
    tellingJava();
    assertEquals("archive\njava ran: x\n", run("kvlab", "x").out());
    Path archive = home.resolve("target/kvlab.jsa");
    Path jar = home.resolve("simulator/target/kvlab.jar");
    Files.writeString(archive, "of older jars");
    Files.setLastModifiedTime(
        home.resolve("target/kvlab.jsa.java"),
        FileTime.fromMillis(Files.getLastModifiedTime(jar).toMillis() - 2000));
    assertEquals(new Ran(0, "archive\njava ran: x\n", ""), run("kvlab", "x"));
    assertEquals("", Files.readString(archive), "made again after a build by hand");
    Path library = Files.createDirectories(home.resolve("simulator/target/lib"));
    Files.createFile(library.resolve("kvlab-workloads-1.jar"));
    Files.writeString(archive, "of an older library");
    long built = Files.getLastModifiedTime(jar).toMillis();
    Files.setLastModifiedTime(jar, FileTime.fromMillis(built - 4000));
    Files.setLastModifiedTime(
        home.resolve("target/kvlab.jsa.java"), FileTime.fromMillis(built - 3000));
    Files.setLastModifiedTime(
        library.resolve("kvlab-workloads-1.jar"), FileTime.fromMillis(built - 2000));
    assertEquals(new Ran(0, "archive\njava ran: x\n", ""), run("kvlab", "x"));
    assertEquals("", Files.readString(archive), "made again when only a library is new");
    Files.delete(library.resolve("kvlab-workloads-1.jar"));
    Files.writeString(home.resolve("target/kvlab.jsa.java"), "/another/java\n");
    assertEquals(new Ran(0, "java ran: x\n", ""), run("kvlab", "x"));
    assertTrue(Files.exists(archive));

    Files.createFile(home.resolve("unarchivable"));
    Path source = Files.createFile(home.resolve("simulator/src/main/New.java"));
    Files.setLastModifiedTime(source, FileTime.fromMillis(System.currentTimeMillis() + 2000));
    Ran ran = run("kvlab", "x");
    assertEquals("java ran: x\n", ran.out());
    assertEquals("kvlab: building (sources have changed)...\n", ran.err());
    assertFalse(Files.exists(archive), "it is of the build before");
    Files.delete(home.resolve("unarchivable"));
    Files.setLastModifiedTime(source, FileTime.fromMillis(1000));
    assertEquals("java ran: x\n", run("kvlab", "x").out(), "tried once for a build");
  }

  @Test
  void runsShortTracesWithTheQuickCompilerAlone() throws Exception {
    tellingJava();
    Files.createFile(home.resolve("unarchivable"));
    Path small = Files.write(folder.resolve("a small.csv"), new byte[1 << 20]);
    Path large = Files.write(folder.resolve("a large.csv"), new byte[(1 << 20) + 1]);
    Path link = Files.createSymbolicLink(folder.resolve("link"), large);
    for (String command : List.of("replay", "compare", "report", "chart", "list")) {
      assertEquals("quick\njava ran: " + command + "\n", run("kvlab", command).out());
    }
    assertTrue(run("kvlab", "replay", small.toString(), "--json").out().startsWith("quick\n"));
    assertEquals(
        "java ran: --json\n", run("kvlab", "replay", large.toString(), "--json").out());
    assertEquals(
        "java ran: --json\n", run("kvlab", "replay", link.toString(), "--json").out());
    assertEquals("java ran: gpu\n", run("kvlab", "replay", "--backend", "gpu").out());
    assertEquals("java ran: -\n", run("kvlab", "compare", "-").out());
    assertEquals("java ran: sweep\n", run("kvlab", "sweep").out());
    options = "-XX:TieredStopAtLevel=4";
    assertEquals("java ran: list\n", run("kvlab", "list").out(), "chosen already");
  }

  private Ran run(String script, String... words) throws Exception {
    return ran(start(script, words));
  }

  private Process start(String script, String... words) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(
        Stream.concat(Stream.of(home.resolve(script).toString()), Stream.of(words))
            .toList());
    builder.environment().clear();
    builder.environment().put("PATH", bin.toString());
    builder.environment().put("JAVA_HOME", "/nowhere");
    builder.environment().put("KVLAB_JAVA_OPTS", options);
    return builder.start();
  }

  private static Ran ran(Process process) throws Exception {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ran(process.waitFor(), out, err);
  }

  private long builds() throws IOException {
    return Files.readAllLines(home.resolve("builds")).size();
  }

  private void program(String name, String text) throws IOException {
    Path file = Files.writeString(bin.resolve(name), text);
    assertTrue(file.toFile().setExecutable(true));
  }

  private void tellingJava() throws IOException {
    String rest = JAVA.replace("#!/bin/sh\n", "").replace("VERSION", "17.0.1");
    program("java", TELLING_JAVA.replace("HOME", home.toString()) + rest);
  }

  private static Path onPath(String tool) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(folder -> Path.of(folder, tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow();
  }
}
