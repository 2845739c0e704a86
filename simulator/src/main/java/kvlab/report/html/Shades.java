package kvlab.report.html;

import java.awt.Color;
import java.util.List;
import java.util.Locale;
import kvlab.report.Palette;
import kvlab.report.Part;

/** The colours of designs and parts of the charts, and what stands for them on a dark page. */
final class Shades {
  private static final int DARKEST = 150; // the brightest channel of a line on a dark page

  private Shades() {}

  static String hex(Color color) {
    return "#" + Integer.toHexString(color.getRGB() | 0xFF000000).substring(2);
  }

  static String light(String design) {
    return hex(Palette.of(design).color());
  }

  /** The hue of the design, bright enough for a line on a dark page. */
  static String dark(String design) {
    Color color = Palette.of(design).color();
    int brightest = Math.max(color.getRed(), Math.max(color.getGreen(), color.getBlue()));
    double lift = Math.max(0.18, 1 - (double) brightest / DARKEST);
    return hex(new Color(
        lifted(color.getRed(), lift),
        lifted(color.getGreen(), lift),
        lifted(color.getBlue(), lift)));
  }

  private static int lifted(int channel, double lift) {
    return (int) Math.round(channel + (235 - channel) * lift);
  }

  static String light(Part part) {
    return hex(part.color());
  }

  /** In the order of the ladder of lightness that the light colours have, but for what is free. */
  static String dark(Part part) {
    return switch (part) {
      case LIVE -> "#2b7cc4";
      case RESERVED -> "#9ad2f6";
      case INTERNAL -> "#dd5426";
      case ROUNDING -> "#f0c04f";
      case CACHED -> "#1aa877";
      case EXTERNAL -> "#a565ab";
      case SHORT -> "#e985b4";
      case IDLE -> "#2f343a";
      case WITHHELD -> "#868c95";
    };
  }

  /**
   * Style rules that give elements of a class {@code p-live} and so on the colour of the part, and those of
   * a class {@code d-0} and so on that of the design.
   */
  static String rules(List<String> designs) {
    StringBuilder rules = new StringBuilder();
    for (int i = 0; i < designs.size(); i++) {
      rules.append(".d-" + i + "{fill:" + light(designs.get(i)) + "}\n");
      rules.append("[data-theme=dark] .d-" + i + "{fill:" + dark(designs.get(i)) + "}\n");
    }
    for (Part part : Part.values()) {
      rules.append(".p-" + key(part) + "{fill:" + light(part) + "}\n");
      rules.append("[data-theme=dark] .p-" + key(part) + "{fill:" + dark(part) + "}\n");
    }
    return rules.toString();
  }

  /** The name of a part in the data. */
  static String key(Part part) {
    return part.name().toLowerCase(Locale.ROOT);
  }

  static List<Float> dash(String design) {
    return Palette.of(design).dash();
  }
}
