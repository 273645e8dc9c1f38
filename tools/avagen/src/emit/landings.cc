#include "emit/landings.h"

#include "emit/emit.h"
#include "emit/expression.h"
#include "emit/failure.h"
#include "emit/values.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;

class Landings {
 public:
  explicit Landings(const Function& function)
      : function_(function), print_(Side::kGuest, &function) {}

  std::vector<Landing> of(const Parameter& parameter) {
    land(parameter);
    backs(parameter);
    return std::move(landings_);
  }

 private:
  static std::string name(const Parameter& parameter) { return local(parameter, Side::kGuest); }
  std::string id_of(int index) const {
    return function_.parameters[static_cast<size_t>(index)].name + "_id";
  }

  // Of mapped memory the application is told how it lies in this process.
  std::string out_number(const Parameter& parameter) const {
    const std::string reply = "reply->" + parameter.name + "()";
    const auto index = static_cast<int>(parameter.index);
    const bool mapped = function_.maps && function_.maps->box;
    if (mapped && function_.maps->row_pitch == index) return "ret_box.box.row_pitch";
    if (mapped && function_.maps->slice_pitch == index) {
      return reply + " != 0 ? ret_box.box.slice_pitch : 0";
    }
    return from_wire(*parameter.c.pointee, reply);
  }

  void land(const Parameter& parameter) {
    const std::string data = name(parameter);
    const std::string reply = "reply->" + parameter.name + "()";
    const char* created = parameter.allocates ? "true" : "false";
    switch (parameter.kind) {
      case Kind::kOutNumber:
        landings_.push_back(
            {data + " != nullptr", "*" + data + " = " + out_number(parameter) + ";"});
        break;
      case Kind::kOutHandle:
        landings_.push_back(
            {data + " != nullptr", "*" + data + " = static_cast<" + parameter.c.pointee->spelling +
                                       ">(call.land_handle(" + reply + ", " +
                                       type_constant(*parameter.handle) + ", " + created + "));"});
        break;
      case Kind::kOutHandles:
        landings_.push_back({"", "call.land_handles(" + data + ", " + reply + ", " +
                                     type_constant(*parameter.handle) + ", " + created + ");"});
        break;
      case Kind::kOut:
      case Kind::kInOut: {
        const std::string written = parameter.written != nullptr
                                        ? "reply->" + parameter.name + "_written()"
                                    : parameter.box ? parameter.name + "_box.box"
                                                    : print_.bytes(parameter);
        if (parameter.completes_later() && function_.sync_when == nullptr) break;
        const std::string field =
            parameter.name + (parameter.kind == Kind::kInOut ? "_field_out" : "_field");
        landings_.push_back(
            {(parameter.box ? "!call.land_box(" + parameter.name + "_box.in(" + data + ")"
                            : "!call.land(" + data) +
                 ", " + field + ", " + reply + ", " + written + ")",
             give_up(function_)});
        const std::string held =
            parameter.written != nullptr ? field + ".held(" + written + ")" : written;
        translate(parameter, data, held);
        backing(parameter, data, held);
        break;
      }
      case Kind::kRegistered:
        landings_.push_back({"", "call.land_registered(" + data + ", " + print_.bytes(parameter) +
                                     ", " + reply + ", " + (parameter.lent_out ? "true" : "false") +
                                     ");"});
        break;
      case Kind::kUnregistered:
        landings_.push_back({"!call.land_unregistered(" + parameter.name + "_field, " + reply + ")",
                             give_up(function_)});
        break;
      case Kind::kGraph:
        if (!parameter.is_output()) break;
        landings_.push_back(
            {"!call.land_graph(" + parameter.name + "_field, " +
                 (parameter.comes_back ? reply : "nullptr") + ", " +
                 (parameter.written_behind ? "reply->" + parameter.name + "_output()" : "nullptr") +
                 ")",
             give_up(function_)});
        break;
      default:
        break;
    }
  }

  std::string guard(const Expr* condition) const {
    return condition == nullptr ? "" : print_.value(*condition);
  }

  // The created object is backed by the application's memory.
  void backs(const Parameter& parameter) {
    for (const Backing& backing : parameter.backs) {
      landings_.push_back(
          {guard(backing.condition), backing.offset == nullptr
                                         ? "call.backs(reply->ret(), " + name(parameter) + ");"
                                         : "call.shares(reply->ret(), " + parameter.name + "_id, " +
                                               print_.value(*backing.offset) + ");"});
    }
  }

  // What a query says about an object that is, or is not.
  void backing(const Parameter& parameter, const std::string& data, const std::string& written) {
    for (const Backing& backing : parameter.backing) {
      landings_.push_back({guard(backing.condition), "call.land_backing(" + data + ", " + written +
                                                         ", " + id_of(parameter.backing_of) +
                                                         ");"});
    }
    for (const BackedBits& bits : parameter.backed_bits) {
      const std::vector<Expr>& arguments = bits.annotation->arguments;
      landings_.push_back({guard(bits.condition), "call.land_backed_bits(" + data + ", " + written +
                                                      ", " + id_of(parameter.backing_of) + ", " +
                                                      print_.value(arguments[1]) + ", " +
                                                      print_.value(arguments[2]) + ");"});
    }
  }

  void translate(const Parameter& parameter, const std::string& data, const std::string& written) {
    unsigned list = 1;
    for (const Translation& translation : parameter.translations) {
      const std::string guard =
          translation.condition == nullptr ? "" : print_.value(*translation.condition);
      if (translation.type != nullptr) {
        landings_.push_back({guard, "call.translate(" + data + ", " + written + ", " +
                                        type_constant(*translation.type) + ");"});
      } else if (!translation.entries.empty()) {
        landings_.push_back({guard, "call.translate_list(" + data + ", " + written + ", " +
                                        entries_name(function_, parameter.index, list) + ");"});
      }
      ++list;
    }
  }

  const Function& function_;
  const ExpressionPrinter print_;
  std::vector<Landing> landings_;
};

}  // namespace

std::vector<Landing> landings_of(const Function& function, const Parameter& parameter) {
  return Landings(function).of(parameter);
}

}  // namespace avagen
