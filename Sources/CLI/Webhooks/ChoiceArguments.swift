public import ArgumentParser
public import HooklineWebhooks

// What a domain offers to choose from is chosen by the same words here.

extension DeliveryOrdering: ExpressibleByArgument {}
extension DeliveryStatus: ExpressibleByArgument {}
extension PayloadFormat: ExpressibleByArgument {}
extension ReplayRequest.Scope: ExpressibleByArgument {}
extension SigningSecret.Kind: ExpressibleByArgument {}
