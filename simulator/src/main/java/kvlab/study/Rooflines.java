package kvlab.study;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import kvlab.step.Constant;
import kvlab.step.Constants;
import kvlab.workload.InputException;

/**
 * Files of the roofline's constants: a line for each, {@code name = value}, a hash begins a comment.
 * Those of the catalogue's GPUs lie beside this class in {@code rooflines/}; {@code kvlab calibrate}
 * writes such files.
 *
 * <pre>
 *   # source: ...
 *   gemm-bandwidth = 0.85        # share of the memory bandwidth that matrix products reach
 * </pre>
 */
public final class Rooflines {
  private static final String SOURCE = "# source:";
  private static final String DEFAULT = "default";
  private static final Map<String, Constants> READ = new ConcurrentHashMap<>(); // [name]

  private Rooflines() {}

  /** The constants of a catalogue entry's file; those that it does not name are the default's. */
  public static Constants named(String name) {
    Constants known = READ.get(name);
    if (known != null) {
      return known;
    }
    try (Reader in = resource(name)) {
      Constants base = name.equals(DEFAULT) ? Constants.least() : named(DEFAULT);
      Constants constants = read(in, name, base);
      READ.put(name, constants);
      return constants;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the constants of a catalogue entry's file come from: the first line of its source. */
  public static String sourceOf(String name) {
    try (BufferedReader in = new BufferedReader(resource(name))) {
      return in.lines()
          .filter(line -> line.startsWith(SOURCE))
          .map(line -> line.substring(SOURCE.length()).strip())
          .findFirst()
          .orElse("");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The constants of a user's file; those that it does not name stay as they are. */
  public static Constants read(Path file, Constants base) {
    try (Reader in = Files.newBufferedReader(file)) {
      return read(in, file.toString(), base);
    } catch (IOException e) {
      throw new InputException(IoReason.of(e), e);
    }
  }

  private static Constants read(Reader in, String name, Constants base) throws IOException {
    Constants constants = base;
    List<String> seen = new ArrayList<>();
    BufferedReader lines = new BufferedReader(in);
    int number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      int hash = line.indexOf('#');
      String text = (hash < 0 ? line : line.substring(0, hash)).strip();
      if (!text.isEmpty()) {
        String place = name + ":" + number;
        constants = set(constants, text, place);
        String key = text.substring(0, text.indexOf('=')).strip();
        if (seen.contains(key)) {
          throw new InputException(place + ": " + key + " is there twice");
        }
        seen.add(key);
      }
    }
    if (seen.isEmpty()) {
      throw new InputException(name + ": no constants; a line of it is NAME = VALUE");
    }
    return constants;
  }

  /** The constants with one replaced as {@code NAME=VALUE} says. */
  static Constants set(Constants constants, String text, String place) {
    int equals = text.indexOf('=');
    String name = equals < 0 ? text : text.substring(0, equals).strip();
    Constant constant = Constant.named(name)
        .orElseThrow(() -> new InputException(
            place + ": '" + text + "' is no NAME=VALUE of the roofline; its constants are "
                + List.of(Constant.values())));
    String value = text.substring(equals + 1).strip();
    try {
      return constants.with(constant, Double.parseDouble(value));
    } catch (NumberFormatException e) {
      throw new InputException(place + ": " + constant + " is not a number: " + value, e);
    } catch (IllegalArgumentException e) {
      throw new InputException(place + ": " + e.getMessage(), e);
    }
  }

  /** A file's text: comment lines, then all constants to five digits with what they mean. */
  public static String text(Constants constants, List<String> comments) {
    StringBuilder text = new StringBuilder();
    comments.forEach(comment -> text.append("# ").append(comment).append('\n'));
    for (Constant constant : Constant.values()) {
      String line = String.format(Locale.ROOT, "%s = %s", constant, digits(constants.of(constant)));
      text.append(String.format(Locale.ROOT, "%-36s # %s%n", line, constant.meaning())
          .replace("\r\n", "\n"));
    }
    return text.toString();
  }

  private static String digits(double value) {
    return new java.math.BigDecimal(value, new java.math.MathContext(5))
        .stripTrailingZeros()
        .toPlainString();
  }

  private static Reader resource(String name) {
    InputStream in = Rooflines.class.getResourceAsStream("rooflines/" + name + ".txt");
    if (in == null) {
      throw new IllegalStateException("the build lacks rooflines/" + name + ".txt");
    }
    return new InputStreamReader(in, StandardCharsets.UTF_8);
  }
}
