package kvlab.design;

import java.util.List;
import java.util.Locale;
import kvlab.workload.InputException;

/**
 * A setting of a design, with the default of the engine that the design models.
 *
 * @param name as on the command line, such as {@code max-num-seqs}
 * @param kind what values are accepted
 * @param words the values of a {@link Kind#WORD}
 * @param least the smallest number that the design can work with; a smaller one is raised to it
 * @param value the value in force
 * @param help one line for a person
 */
public record Option(
    String name, Kind kind, List<String> words, int least, String value, String help) {
  /** What an option takes. */
  public enum Kind {
    /** A whole number of at least 1. */
    COUNT,
    /** A whole number of at least 0. */
    COUNT_OR_ZERO,
    /** A number from 0 up to, not including, 1. */
    SHARE,
    /** A number of at least 0. */
    NUMBER,
    /** {@code on} or {@code off}. */
    SWITCH,
    /** One of a list of words. */
    WORD
  }

  public static Option count(String name, long value, String help) {
    return new Option(name, Kind.COUNT, List.of(), 1, Long.toString(value), help);
  }

  /** A count that is raised to the least that works when a user asks for less. */
  public static Option countAtLeast(String name, int least, long value, String help) {
    return new Option(name, Kind.COUNT, List.of(), least, Long.toString(value), help);
  }

  public static Option countOrZero(String name, long value, String help) {
    return new Option(name, Kind.COUNT_OR_ZERO, List.of(), 0, Long.toString(value), help);
  }

  public static Option share(String name, double value, String help) {
    return new Option(name, Kind.SHARE, List.of(), 0, Double.toString(value), help);
  }

  public static Option number(String name, double value, String help) {
    return new Option(name, Kind.NUMBER, List.of(), 0, Double.toString(value), help);
  }

  public static Option onOff(String name, boolean value, String help) {
    return new Option(name, Kind.SWITCH, List.of("on", "off"), 0, value ? "on" : "off", help);
  }

  /** One of the words, the first by default. */
  public static Option word(String name, String help, String... words) {
    return new Option(name, Kind.WORD, List.of(words), 0, words[0], help);
  }

  /** This option with another value, checked. */
  public Option with(String text) {
    String trimmed = text.strip().toLowerCase(Locale.ROOT);
    if (!accepts(trimmed)) {
      throw new InputException("option " + name + ": '" + text + "' is not " + expected());
    }
    boolean tooSmall = kind == Kind.COUNT && Integer.parseInt(trimmed) < least;
    return new Option(name, kind, words, least, tooSmall ? Integer.toString(least) : trimmed, help);
  }

  private boolean accepts(String text) {
    try {
      return switch (kind) {
        case COUNT -> Integer.parseInt(text) >= 1;
        case COUNT_OR_ZERO -> Integer.parseInt(text) >= 0;
        case SHARE -> Double.parseDouble(text) >= 0 && Double.parseDouble(text) < 1;
        case NUMBER -> Double.parseDouble(text) >= 0 && Double.parseDouble(text) < 1e9;
        case SWITCH, WORD -> words.contains(text);
      };
    } catch (NumberFormatException notANumber) {
      return false;
    }
  }

  private String expected() {
    return switch (kind) {
      case COUNT -> "a whole number of at least 1";
      case COUNT_OR_ZERO -> "a whole number of at least 0";
      case SHARE -> "a number from 0 up to, not including, 1";
      case NUMBER -> "a number of at least 0";
      case SWITCH, WORD -> "one of " + String.join(", ", words);
    };
  }
}
