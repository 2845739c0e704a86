package kvlab.design;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The options of one design with the values in force, in the order the design declares them. */
public final class Options {
  private final Map<String, Option> byName = new LinkedHashMap<>();

  /** The declared options, with the overrides that name one of them; other overrides are not for this design. */
  public Options(List<Option> declared, Map<String, String> overrides) {
    for (Option option : declared) {
      String value = overrides.get(option.name());
      byName.put(option.name(), value == null ? option : option.with(value));
    }
  }

  public List<Option> all() {
    return new ArrayList<>(byName.values());
  }

  public int count(String name) {
    return Integer.parseInt(text(name));
  }

  public double share(String name) {
    return Double.parseDouble(text(name));
  }

  public double number(String name) {
    return Double.parseDouble(text(name));
  }

  public boolean isOn(String name) {
    return text(name).equals("on");
  }

  /** The value as text. */
  public String text(String name) {
    Option option = byName.get(name);
    if (option == null) {
      throw new IllegalArgumentException("the design declares no option " + name);
    }
    return option.value();
  }
}
