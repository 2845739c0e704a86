package kvlab.gpu.twin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kvlab.workload.InputException;

/**
 * The two libraries of the CPU twin: {@code libkvlab_twin.so}, the kernels of {@code src/main/cuda}
 * compiled by g++, and {@code libcuda.so.1}, the stand-in driver that launches them. They are built once
 * per content of their sources, into {@code realgpu/target/twin/<hash>}; a bundle brings them along in the
 * folder that the system property {@code kvlab.twin} names.
 */
public final class CpuTwin {
  public static final String DRIVER = "libcuda.so.1";
  private static final String KERNELS = "libkvlab_twin.so";
  private static final List<String> FLAGS =
      List.of("-std=c++17", "-O2", "-fPIC", "-Wall", "-Wno-unknown-pragmas");
  private static final int HASH_DIGITS = 16;

  private final Path module;

  /**
   * The twin of a source tree.
   *
   * @param home the project's folder
   */
  public CpuTwin(Path home) {
    this.module = home.resolve("realgpu");
  }

  /** Where the launcher or the tests say the project is. */
  public static CpuTwin here() {
    return new CpuTwin(Path.of(Objects.requireNonNullElse(
        System.getProperty("kvlab.home"), System.getProperty("kvlab.root", ""))));
  }

  /** Why there can be no twin, in one line, or nothing when there can. */
  public Optional<String> missing() {
    if (System.getProperty("kvlab.twin") != null) {
      return Optional.empty();
    }
    String machine = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!machine.equals("Linux amd64")) {
      return Optional.of("the CPU twin runs on x86-64 Linux, and this is " + machine);
    }
    if (!Files.isDirectory(module.resolve("src/main/cuda"))) {
      return Optional.of("the CPU twin is compiled from " + module.resolve("src/main/cuda")
          + ", which is not there");
    }
    try {
      run(List.of("g++", "--version"));
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of("the CPU twin is compiled by g++, and there is none");
    }
  }

  /**
   * The stand-in driver, built first when it has not been; kernels lie beside it.
   *
   * @throws InputException when there can be none
   */
  public Path driver() {
    String given = System.getProperty("kvlab.twin");
    if (given != null) {
      Path driver = Path.of(given, DRIVER);
      if (!Files.isRegularFile(driver)) {
        throw new InputException("the CPU twin should be in " + given + ", and is not");
      }
      return driver;
    }
    Optional<String> why = missing();
    if (why.isPresent()) {
      throw new InputException(why.get());
    }
    try {
      Path folder = module.resolve("target/twin").resolve(hash().substring(0, HASH_DIGITS));
      if (!Files.isRegularFile(folder.resolve(DRIVER))) {
        build(folder);
      }
      return folder.resolve(DRIVER);
    } catch (IOException e) {
      throw new InputException("the CPU twin cannot be built: " + e.getMessage(), e);
    }
  }

  private Path kernels() {
    return module.resolve("src/main/cuda");
  }

  private Path shim() {
    return module.resolve("src/test/cpp");
  }

  private Path standIn() {
    return module.resolve("src/test/standin");
  }

  private void build(Path folder) throws IOException {
    Path parent = Objects.requireNonNull(folder.getParent());
    Files.createDirectories(parent);
    Path work = Files.createTempDirectory(parent, ".build-"); // others may be building the same
    try {
      compile(
          List.of("-x", "c++", "-DKVLAB_CPU", "-I" + shim()),
          sources(kernels(), ".cu"),
          KERNELS,
          work);
      compile(List.of("-Wl,-soname," + DRIVER), sources(standIn(), ".cpp"), DRIVER, work);
      publish(work, folder);
    } finally {
      try (Stream<Path> left = Files.list(work)) {
        for (Path file : left.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(work);
    }
  }

  /** The driver last: where it is, everything is. */
  private static void publish(Path work, Path folder) throws IOException {
    try {
      Files.createDirectory(folder);
    } catch (FileAlreadyExistsException another) {
      // was building too; the files are the same
    }
    for (String name : List.of(KERNELS, DRIVER)) {
      Files.move(work.resolve(name), folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** One g++ per source, as many at once as there are cores, then the linker. */
  private static void compile(List<String> options, List<Path> sources, String library, Path work)
      throws IOException {
    List<String> objects = new ArrayList<>();
    List<List<String>> commands = new ArrayList<>();
    for (Path source : sources) {
      String object = work.resolve(source.getFileName() + ".o").toString();
      List<String> command = new ArrayList<>(List.of("g++"));
      command.addAll(FLAGS);
      command.addAll(options.stream().filter(o -> !o.startsWith("-Wl")).toList());
      command.addAll(List.of("-c", source.toString(), "-o", object));
      commands.add(command);
      objects.add(object);
    }
    runAll(commands);
    List<String> link = new ArrayList<>(List.of("g++", "-shared"));
    link.addAll(options.stream().filter(o -> o.startsWith("-Wl")).toList());
    link.addAll(objects);
    link.addAll(List.of("-o", work.resolve(library).toString(), "-ldl", "-lpthread"));
    run(link);
  }

  private static void runAll(List<List<String>> commands) throws IOException {
    List<String> failures = commands.parallelStream()
        .map(command -> {
          try {
            run(command);
            return "";
          } catch (IOException e) {
            return String.valueOf(e.getMessage());
          }
        })
        .filter(failure -> !failure.isEmpty())
        .toList();
    if (!failures.isEmpty()) {
      throw new IOException(failures.get(0));
    }
  }

  private static void run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        String error = output
            .lines()
            .filter(line -> line.contains("error"))
            .findFirst()
            .orElse(output.strip());
        throw new IOException(String.join(" ", command) + ": " + error);
      }
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Of the sources of both libraries. */
  private String hash() throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    List<Path> files = new ArrayList<>();
    for (Path folder : List.of(kernels(), shim(), standIn())) {
      files.addAll(sources(folder, ""));
    }
    for (Path file : files) {
      digest.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
      digest.update(Files.readAllBytes(file));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static List<Path> sources(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.getFileName().toString().endsWith(ending))
          .sorted()
          .collect(Collectors.toList());
    }
  }
}
