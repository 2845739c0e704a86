package kvlab.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import kvlab.report.RunFiles.Kind;

/**
 * The table of a sweep by varied option: the columns before the design. Where other options vary too,
 * what is read is at their first values.
 */
final class SweepTable {
  private static final String DESIGN = "design";

  private final RunTable table;
  private final List<String> varied;
  private final List<String> designs;

  SweepTable(RunFiles run) {
    this.table = run.table(Kind.SWEEP);
    this.designs = run.designs(Kind.SWEEP);
    List<String> columns = table.columnNames();
    this.varied = columns.subList(0, columns.indexOf(DESIGN));
  }

  List<String> designs() {
    return designs;
  }

  /** The options that can be drawn: all values are numbers, and they are two or more. */
  List<String> options() {
    return varied.stream().filter(this::isNumeric).toList();
  }

  private boolean isNumeric(String option) {
    Set<Optional<Double>> values = new LinkedHashSet<>();
    for (int row = 0; row < table.rows(); row++) {
      values.add(number(table.text(option, row)));
    }
    return values.size() > 1 && !values.contains(Optional.<Double>empty());
  }

  private static Optional<Double> number(String text) {
    try {
      return Optional.of(Double.parseDouble(text));
    } catch (NumberFormatException isAWord) {
      return Optional.empty();
    }
  }

  /** The values of an option, ascending. */
  double[] values(String option) {
    Set<Double> values = new TreeSet<>();
    for (int row = 0; row < table.rows(); row++) {
      number(table.text(option, row)).ifPresent(values::add);
    }
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** What the other options are. */
  String others(String option) {
    List<String> others = new ArrayList<>();
    for (String other : varied) {
      if (!other.equals(option)) {
        others.add(other + " " + table.text(other, 0));
      }
    }
    return others.isEmpty() ? "one replay per point" : "at " + String.join(", ", others);
  }

  /** A column over the values of an option for a design; rows that failed are left out. */
  Curve curve(String option, String design, String column) {
    return table.has(column)
        ? curve(option, design, row -> table.number(column, row))
        : new Curve(new double[0], new double[0]);
  }

  /** The sum of columns over the values of an option for a design. */
  Curve sum(String option, String design, List<String> columns) {
    return curve(
        option,
        design,
        row -> columns.stream().mapToDouble(column -> table.number(column, row)).sum());
  }

  private Curve curve(String option, String design, ToDoubleFunction<Integer> value) {
    List<double[]> points = new ArrayList<>();
    for (int row = 0; row < table.rows(); row++) {
      if (table.text(DESIGN, row).equals(design) && isAtFirstValues(row, option)) {
        double x = number(table.text(option, row)).orElse(Double.NaN);
        points.add(new double[] {x, value.applyAsDouble(row)});
      }
    }
    points.sort(Comparator.comparingDouble(point -> point[0]));
    return new Curve(
            points.stream().mapToDouble(point -> point[0]).toArray(),
            points.stream().mapToDouble(point -> point[1]).toArray())
        .finite();
  }

  private boolean isAtFirstValues(int row, String option) {
    return varied.stream()
        .filter(other -> !other.equals(option))
        .allMatch(other -> table.text(other, row).equals(table.text(other, 0)));
  }
}
