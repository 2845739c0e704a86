package kvlab.study;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kvlab.workload.InputException;

/**
 * One varied option of a sweep with its values, from a text such as {@code page-tokens=1,8,16..256x2}:
 *
 * <pre>
 *   NAME=A,B,C        these values
 *   FROM:TO:STEP      1:2:0.5 is 1, 1.5, 2
 *   FROM..TOxFACTOR   16..256x4 is 16, 64, 256
 *   A;B               separated by semicolons where a value has commas itself
 * </pre>
 *
 * @param name the option, without dashes
 */
public record Axis(String name, List<String> values) {
  private static final int MOST_VALUES = 10_000;
  private static final String NUMBER = "(-?\\d+(?:\\.\\d+)?)";
  private static final Pattern STEPS = Pattern.compile(NUMBER + ":" + NUMBER + ":" + NUMBER);
  private static final Pattern FACTORS = Pattern.compile(NUMBER + "\\.\\." + NUMBER + "x" + NUMBER);

  public Axis {
    values = List.copyOf(values);
  }

  /** Reads an axis. */
  public static Axis parse(String text) {
    int equals = text.indexOf('=');
    String name = equals < 0 ? "" : text.substring(0, equals).strip().replaceFirst("^--", "");
    String list = text.substring(equals + 1);
    if (name.isEmpty() || list.isBlank()) {
      throw new InputException("--vary '" + text + "' is not OPTION=VALUES, such as "
          + "page-tokens=8,16..256x2 or rate-scale=1:4:0.5");
    }
    LinkedHashSet<String> values = new LinkedHashSet<>();
    for (String item : list.split(list.contains(";") ? ";" : ",", -1)) {
      for (String value : range(item.strip(), text)) {
        if (value.isEmpty()) {
          throw new InputException("--vary '" + text + "': a value is empty");
        }
        if (!values.add(value)) {
          throw new InputException("--vary '" + text + "': " + value + " comes twice");
        }
      }
    }
    return new Axis(name, new ArrayList<>(values));
  }

  private static List<String> range(String item, String text) {
    Matcher steps = STEPS.matcher(item);
    if (steps.matches()) {
      BigDecimal step = new BigDecimal(steps.group(3));
      return range(steps, step.signum() > 0, text, step, true);
    }
    Matcher factors = FACTORS.matcher(item);
    if (factors.matches()) {
      BigDecimal factor = new BigDecimal(factors.group(3));
      boolean grows =
          factor.compareTo(BigDecimal.ONE) > 0 && new BigDecimal(factors.group(1)).signum() > 0;
      return range(factors, grows, text, factor, false);
    }
    return List.of(item);
  }

  private static List<String> range(
      Matcher ends, boolean grows, String text, BigDecimal by, boolean add) {
    BigDecimal to = new BigDecimal(ends.group(2));
    List<String> values = new ArrayList<>();
    BigDecimal at = new BigDecimal(ends.group(1));
    while (grows && at.compareTo(to) <= 0) {
      if (values.size() == MOST_VALUES) {
        throw new InputException("--vary '" + text + "': more than " + MOST_VALUES + " values");
      }
      values.add(plain(at));
      at = add ? at.add(by) : at.multiply(by);
    }
    if (values.isEmpty()) {
      throw new InputException("--vary '" + text + "': " + ends.group() + " holds no value: a step"
          + " must be above 0, a factor above 1 with numbers above 0, and the ends in order");
    }
    return values;
  }

  private static String plain(BigDecimal value) {
    return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
  }

  /** Every combination of values, the last axis changing fastest; without an axis the empty one. */
  public static List<List<String>> grid(List<Axis> axes, int most) {
    List<List<String>> grid = List.of(List.of());
    for (Axis axis : axes) {
      if ((long) grid.size() * axis.values().size() > most) {
        throw new InputException("the sweep has more than " + most + " combinations of values");
      }
      List<List<String>> longer = new ArrayList<>();
      for (List<String> point : grid) {
        for (String value : axis.values()) {
          List<String> next = new ArrayList<>(point);
          next.add(value);
          longer.add(next);
        }
      }
      grid = longer;
    }
    return grid;
  }
}
