package kvlab.report;

import java.util.Arrays;

/** The unit in which a time axis is read most easily. */
enum TimeAxis {
  SECONDS("time (s)", 1),
  MINUTES("time (min)", 60),
  HOURS("time (h)", 3600),
  DAYS("time (d)", 86_400);

  // An axis changes to the next unit when it would show more than this many.
  private static final double MOST_UNITS = 3000;
  private static final double MOST_MINUTES = 300;
  private static final double MOST_HOURS = 96;

  private final String title;
  private final double seconds;

  TimeAxis(String title, double seconds) {
    this.title = title;
    this.seconds = seconds;
  }

  static TimeAxis upTo(double seconds) {
    if (seconds <= MOST_UNITS) {
      return SECONDS;
    }
    if (seconds <= MOST_MINUTES * MINUTES.seconds) {
      return MINUTES;
    }
    return seconds <= MOST_HOURS * HOURS.seconds ? HOURS : DAYS;
  }

  String title() {
    return title;
  }

  double of(double seconds) {
    return seconds / this.seconds;
  }

  double[] of(double[] seconds) {
    return Arrays.stream(seconds).map(this::of).toArray();
  }
}
