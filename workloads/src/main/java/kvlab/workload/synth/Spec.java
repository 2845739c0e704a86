package kvlab.workload.synth;

import java.util.Arrays;
import java.util.Locale;
import kvlab.workload.InputException;

/**
 * A law as written on a command line: {@code law:argument,argument,...}.
 *
 * @param what whose law, for messages
 * @param text the whole
 * @param law up to the colon
 * @param arguments after the colon
 * @param forms all that are known, for messages
 */
record Spec(String what, String text, String law, String arguments, String forms) {
  static Spec of(String what, String text, String forms) {
    int colon = text.indexOf(':');
    return colon < 0
        ? new Spec(what, text, text, "", forms)
        : new Spec(what, text, text.substring(0, colon), text.substring(colon + 1), forms);
  }

  /** The arguments as numbers, so many at least and at most. */
  double[] numbers(int least, int most) {
    double[] numbers;
    try {
      numbers = arguments.isEmpty()
          ? new double[0]
          : Arrays.stream(arguments.split(",", -1))
              .mapToDouble(Double::parseDouble)
              .toArray();
    } catch (NumberFormatException e) {
      throw new InputException(
          what + " '" + text + "' has an argument that is no number; " + known(), e);
    }
    if (numbers.length < least || numbers.length > most) {
      String wanted = least == most ? "" + least : least + " to " + most;
      throw new InputException(String.format(
          Locale.ROOT,
          "%s '%s' has %d arguments, expected %s; %s",
          what,
          text,
          numbers.length,
          wanted,
          known()));
    }
    return numbers;
  }

  /** One argument as a count of tokens. */
  static int tokens(double number) {
    int tokens = (int) number;
    if (tokens != number || tokens < 1) {
      throw new InputException("a length must be a whole number of tokens from 1: " + number);
    }
    return tokens;
  }

  InputException unknown() {
    return new InputException(what + " '" + text + "' is unknown; " + known());
  }

  private String known() {
    return "known are " + forms;
  }
}
